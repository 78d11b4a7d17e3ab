SELECT count(*), coalesce(sum(size), 0)::BIGINT FROM rejected
