DELETE FROM placed WHERE seq <= $upto
