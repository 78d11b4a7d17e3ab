SELECT folded_seq, appended_seq FROM progress
