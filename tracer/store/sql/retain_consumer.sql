-- Groups that were not seen for too long, and those seen longest ago of what is too many.
DELETE FROM consumer WHERE at_ns < greatest($before, coalesce((
    SELECT at_ns FROM consumer ORDER BY at_ns DESC LIMIT 1 OFFSET $most
) + 1, $before))
