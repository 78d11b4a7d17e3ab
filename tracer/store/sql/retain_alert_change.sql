DELETE FROM alert_change WHERE at_ns < $before OR no <= (SELECT max(no) FROM alert_change) - $most
