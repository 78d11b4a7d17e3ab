-- Transactions that must be looked at again because something else is known of their saga; `whole`: from their records.
CREATE TABLE requeue (txn BIGINT NOT NULL, whole BOOLEAN NOT NULL);
