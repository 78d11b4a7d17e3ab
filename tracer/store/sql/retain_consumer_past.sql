-- What groups had committed too long ago, and the oldest of what is too much.
DELETE FROM consumer_past WHERE until_ns < greatest($before, coalesce((
    SELECT until_ns FROM consumer_past ORDER BY until_ns DESC LIMIT 1 OFFSET $most
) + 1, $before))
