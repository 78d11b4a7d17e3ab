-- Where the message went that nobody was seen to take.
SELECT coalesce(json_extract_string(attributes, '$."messaging.destination.name"'), name)
FROM record WHERE span_id = $span AND kind = 'span' AND at_ns BETWEEN $first AND $last LIMIT 1
