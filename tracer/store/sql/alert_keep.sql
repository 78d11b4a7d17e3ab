INSERT INTO alert SELECT id, rule, what, state, severity, since_ns, resolved_ns, body FROM kept
