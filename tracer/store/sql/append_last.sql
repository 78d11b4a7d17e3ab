SELECT seq FROM appended
