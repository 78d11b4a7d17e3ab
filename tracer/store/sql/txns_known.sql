-- The transaction lattice of `fresh`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE txn_now AS {{txn_union}}
