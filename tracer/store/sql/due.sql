-- (not a statement: when something that began at since_ns and may take limit_ns is overdue, null where it may take for ever; senders' clocks may say anything)
CASE WHEN limit_ns IS NOT NULL THEN least(since_ns, 9000000000000000000) + least(limit_ns, 200000000000000000) END
