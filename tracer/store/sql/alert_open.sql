SELECT body FROM alert WHERE state <> 'resolved' OR id IN (SELECT unnest($ids::VARCHAR[]))
