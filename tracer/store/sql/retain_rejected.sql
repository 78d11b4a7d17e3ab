-- Rejected messages that are too old, and the oldest of what is too many or too large together.
DELETE FROM rejected WHERE received_ns < $before OR id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER latest AS nth, sum(size) OVER latest AS total
        FROM rejected WINDOW latest AS (ORDER BY id DESC ROWS UNBOUNDED PRECEDING)
    ) WHERE nth > $most OR total > $most_bytes
)
