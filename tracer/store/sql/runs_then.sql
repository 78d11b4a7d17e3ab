-- (not a statement: whether a record is that of a span that had not ended at $as_of)
until_ns IS NOT NULL AND least(until_ns, {{latest_known}}) > $as_of
