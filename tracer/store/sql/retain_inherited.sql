DELETE FROM inherited USING gone WHERE inherited.own = gone.own
