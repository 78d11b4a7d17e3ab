DELETE FROM alert WHERE list_contains($ids, id)
