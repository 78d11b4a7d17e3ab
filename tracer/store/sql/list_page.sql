-- One page of the list. Only the numbers of its rows are found by sorting; the rows are fetched for those.
WITH chosen AS MATERIALIZED (
    SELECT txn FROM {{list_rows}}
    WHERE $statuses IS NULL OR list_contains($statuses, status_now)
    ORDER BY /*order*/ LIMIT $limit OFFSET $offset
), listed AS NOT MATERIALIZED (FROM txn)
{{list_shown}}
