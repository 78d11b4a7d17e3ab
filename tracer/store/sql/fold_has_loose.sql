-- Whether any record so far came without an id of its own.
SELECT EXISTS (SELECT 1 FROM batch WHERE transaction_id IS NULL) OR EXISTS (SELECT 1 FROM coverage WHERE records > by_id)
