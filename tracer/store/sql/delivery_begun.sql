UPDATE delivery SET tries = tries + 1, begun_ns = $now WHERE state = 'waiting' AND list_contains($ids, id)
