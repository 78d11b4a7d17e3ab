SELECT at_ns, subject, what, author, detail FROM alert_change WHERE subject = $subject ORDER BY no DESC LIMIT $limit
