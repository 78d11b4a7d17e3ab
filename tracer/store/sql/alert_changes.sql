SELECT at_ns, subject, what, author, detail FROM alert_change ORDER BY no DESC LIMIT $limit
