-- (not a statement: when something that began at since_ns and may take limit_ns is overdue; senders' clocks may say anything)
least(since_ns, 9000000000000000000) + least(limit_ns, 200000000000000000)
