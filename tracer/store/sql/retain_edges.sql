DELETE FROM edge WHERE seq <= $upto
