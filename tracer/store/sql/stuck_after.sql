SELECT value::BIGINT FROM meta WHERE key = 'stuck_after_ns'
