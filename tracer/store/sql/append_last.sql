SELECT appended_seq FROM progress
