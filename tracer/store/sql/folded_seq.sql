SELECT folded_seq FROM progress
