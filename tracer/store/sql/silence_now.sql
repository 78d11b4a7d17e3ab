SELECT id, matchers FROM silence WHERE starts_ns <= $now AND ends_ns > $now ORDER BY ends_ns DESC, id
