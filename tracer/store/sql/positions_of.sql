SELECT key, value FROM position WHERE source = $source
