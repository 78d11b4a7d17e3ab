-- (not a statement: the bucket of took_s; each bound is twice the one before)
CASE WHEN took_s <= $least_s THEN 0 ELSE least(ceil(log2(took_s / $least_s)), $buckets)::INTEGER END
