SELECT count(*) FROM incident_stuck
