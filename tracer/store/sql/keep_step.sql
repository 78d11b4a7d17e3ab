-- Put the steps that are new into `step`.
INSERT INTO step SELECT * EXCLUDE (is_fresh, is_known) FROM step_now WHERE is_fresh AND NOT is_known
