-- The silences, those that hold at $now first.
SELECT id, matchers, author, reason, starts_ns, ends_ns, ended_by FROM silence
ORDER BY (starts_ns <= $now AND ends_ns > $now) DESC, ends_ns DESC, id LIMIT $limit
