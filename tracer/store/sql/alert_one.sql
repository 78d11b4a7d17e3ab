SELECT body FROM alert WHERE id = $id
