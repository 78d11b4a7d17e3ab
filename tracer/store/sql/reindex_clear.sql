-- Forget all that the fold has written. Numbers of names are not used again.
DELETE FROM name; DELETE FROM redirect; DELETE FROM txn; DELETE FROM step; DELETE FROM handoff;
DELETE FROM trace_txn; DELETE FROM message_txn; DELETE FROM alias_txn; DELETE FROM inherited; DELETE FROM edge;
DELETE FROM placed; DELETE FROM coverage; DELETE FROM situation; DELETE FROM place; DELETE FROM place_of; DELETE FROM requeue;
UPDATE folded SET seq = coalesce((SELECT min(seq) - 1 FROM record), (SELECT seq FROM appended));
