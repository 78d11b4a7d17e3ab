-- One page of the list as it stood at $now.
WITH chosen AS MATERIALIZED (
    SELECT txn FROM {{list_rows_past}}
    WHERE $statuses IS NULL OR list_contains($statuses, status_now)
    ORDER BY /*order*/ LIMIT $limit OFFSET $offset
), listed AS NOT MATERIALIZED {{past_rows}}
{{list_shown}}
