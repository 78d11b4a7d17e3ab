-- The last record that arrived before a moment, of the most recent ones: slower senders have told of its transaction by now.
SELECT coalesce(max(seq), $after) FROM record WHERE seq > $after AND received_ns <= $before
