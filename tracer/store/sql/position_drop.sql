DELETE FROM position WHERE source = $source AND key = $key
