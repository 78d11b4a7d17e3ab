DELETE FROM redirect USING gone WHERE redirect.own = gone.own
