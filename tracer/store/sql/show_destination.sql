-- Where the message went that nobody was seen to take.
SELECT coalesce(json_extract_string(attributes, '$."messaging.destination.name"'), name)
FROM shown WHERE span_id = $span AND kind = 'span' LIMIT 1
