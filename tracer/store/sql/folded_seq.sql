SELECT seq FROM folded
