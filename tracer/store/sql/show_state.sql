SELECT first_ns, last_ns, saga, style, status, ended_ns, step, owner, state, since_ns, basis, stall, lost_span, substr(error_key, 20), records, CASE WHEN ended_ns IS NOT NULL THEN outcome_key[20:] END, situation, deadline_ns, limit_ns, limit_basis
FROM txn_state
