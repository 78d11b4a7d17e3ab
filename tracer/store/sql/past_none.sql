-- Nothing spans the instant.
CREATE OR REPLACE TEMP TABLE spanned AS SELECT * FROM txn WHERE false
