-- (not a statement: the alias `kind` in the JSON object `aliases`, by a JSON pointer: a kind is any text)
json_extract_string(aliases, '/' || replace(replace(kind, '~', '~0'), '/', '~1'))
