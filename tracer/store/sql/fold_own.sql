-- The batch's records that carry an id, with the number of that id.
CREATE OR REPLACE TEMP TABLE batch_own AS
SELECT n.own, b.* FROM batch AS b JOIN fresh_name AS n ON b.transaction_id = n.transaction_id
