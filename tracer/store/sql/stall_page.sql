-- The stuck transactions that are longest overdue. A deadline without its limit was as long as it lies after `since_ns`.
SELECT transaction_id, saga, stall, step, owner, state, since_ns,
       coalesce(limit_ns, greatest(deadline_ns::HUGEINT - since_ns, 0)), coalesce(limit_basis, 'default'), substr(error_key, 20)
FROM {{stall_rows}} ORDER BY deadline_ns, txn LIMIT $limit
