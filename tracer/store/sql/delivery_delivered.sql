UPDATE delivery SET state = 'delivered', delivered_ns = $now, due_ns = NULL, error = NULL WHERE state = 'waiting' AND id = $id
