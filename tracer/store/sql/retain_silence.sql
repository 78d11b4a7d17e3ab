DELETE FROM silence WHERE ends_ns < $before OR id IN (SELECT id FROM silence ORDER BY ends_ns DESC, id OFFSET $most)
