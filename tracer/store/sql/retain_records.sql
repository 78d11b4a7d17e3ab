DELETE FROM record WHERE seq <= $upto
