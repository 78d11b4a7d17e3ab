SELECT EXISTS (SELECT 1 FROM record WHERE seq > $folded AND transaction_id = $id)
