DELETE FROM alert WHERE state = 'resolved' AND (resolved_ns < $before OR id IN (
    SELECT id FROM alert WHERE state = 'resolved' ORDER BY resolved_ns DESC, id OFFSET $most
))
