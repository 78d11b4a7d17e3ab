INSERT INTO inherited SELECT trace_id, own FROM heir_change WHERE is_new
