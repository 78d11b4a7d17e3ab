-- The transaction lattice of `fresh` alone.
CREATE OR REPLACE TEMP TABLE txn_now AS SELECT *, false AS is_known FROM {{txn_atoms}}
