DELETE FROM inherited USING heir_change AS h WHERE inherited.trace_id = h.trace_id AND inherited.own = h.own AND inherited.hops = h.hops AND NOT h.is_new
