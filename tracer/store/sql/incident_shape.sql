-- (not a statement: what stays of `error` where everything that differs from one case to the next is a #: quoted texts,
-- uuids, and all words with a digit in them, be they numbers, hex or ids)
left(trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(left(error, 500),
    '"[^"]*"|`[^`]*`', '#', 'g'),
    '(^|[\s(\[{=:,;])''[^'']*''', '\1#', 'g'),
    '\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|[0-9A-Za-z_]*[0-9][0-9A-Za-z_]*', '#', 'g'),
    '#([-+.,:/%]*#)+', '#', 'g')), 200)
