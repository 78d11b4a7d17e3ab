-- (not a statement: the latest that a record can tell of: what is dated more than a minute after it arrived, by a clock
-- that is ahead, happened by then at the latest)
least(received_ns, 9000000000000000000) + 60000000000
