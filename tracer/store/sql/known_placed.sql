SELECT seq, rule FROM placed WHERE own = $own
