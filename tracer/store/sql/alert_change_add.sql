INSERT INTO alert_change SELECT nextval('alert_change_no'), $at, $subject, $what, $by, $detail
