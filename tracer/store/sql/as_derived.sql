-- (not a statement: where a transaction stands as its own records say it)
{'step': t.step, 'owner': t.owner, 'state': t.state, 'kind': t.stall, 'since_ns': t.since_ns, 'limit_ns': t.limit_ns,
 'limit_basis': t.limit_basis, 'due_ns': t.deadline_ns, 'exact': t.basis = 'exact'}
