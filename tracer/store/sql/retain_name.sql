DELETE FROM name USING gone WHERE name.own = gone.own
