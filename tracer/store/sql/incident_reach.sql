SELECT min(seq), max(seq) FROM incident_record
