SELECT body FROM alert WHERE state <> 'resolved' OR list_contains($ids, id)
