INSERT INTO inherited SELECT trace_id, own, hops FROM heir_change WHERE is_new
