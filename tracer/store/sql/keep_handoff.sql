-- Put the hand-offs that are new into `handoff`.
INSERT INTO handoff SELECT * EXCLUDE (is_fresh, is_known) FROM handoff_now WHERE is_fresh AND NOT is_known
