-- The transaction lattice of `fresh_own`, merged with what is known of the transactions in `touched`.
CREATE OR REPLACE TEMP TABLE txn_now AS
WITH fresh AS NOT MATERIALIZED {{fresh_own}}
{{txn_union}}
