-- (not a statement: where a transaction stands as it was judged)
{'step': d.at.step, 'owner': coalesce(d.at.owner, own.owner), 'state': d.at.state, 'kind': d.at.kind, 'since_ns': d.at.since_ns,
 'limit_ns': d.at.limit_ns, 'limit_basis': d.at.limit_basis, 'due_ns': nullif(d.at.due_ns, 9223372036854775807),
 'exact': coalesce(own.exact AND own.is_open, false)}
