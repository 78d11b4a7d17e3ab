SELECT count(*) FROM silence WHERE ends_ns > $now
