DELETE FROM alert WHERE id IN (SELECT unnest($ids::VARCHAR[]))
