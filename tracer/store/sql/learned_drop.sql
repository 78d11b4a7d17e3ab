DELETE FROM learned WHERE saga = $saga
