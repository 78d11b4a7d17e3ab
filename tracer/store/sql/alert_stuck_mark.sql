-- How many are stuck, and something that changes when they are others, or stand otherwise.
SELECT count(*), count(*) FILTER (deadline_ns < $older), bit_xor(hash(txn, since_ns, deadline_ns, stall, saga, step, owner, error_key))
FROM {{stall_rows}}
