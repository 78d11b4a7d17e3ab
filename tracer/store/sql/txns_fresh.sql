-- The transaction lattice of `fresh` alone.
CREATE OR REPLACE TEMP TABLE txn_now AS FROM {{txn_atoms}}
