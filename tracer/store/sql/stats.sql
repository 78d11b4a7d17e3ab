SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM txn), (SELECT appended_seq - folded_seq FROM progress)
