SELECT * FROM rejected
WHERE ($sources::VARCHAR[] IS NULL OR list_contains($sources::VARCHAR[], source))
  AND ($topics::VARCHAR[] IS NULL OR list_contains($topics::VARCHAR[], topic))
  AND ($reason::VARCHAR IS NULL OR contains(lower(reason), lower($reason)))
