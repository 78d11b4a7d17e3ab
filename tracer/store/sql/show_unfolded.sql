-- An id that so far only records have that the fold has not taken in.
CREATE OR REPLACE TEMP TABLE member AS SELECT -1::BIGINT AS txn, -1::BIGINT AS own, $id AS transaction_id
