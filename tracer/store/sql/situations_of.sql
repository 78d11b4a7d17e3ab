SELECT id, marks, told FROM situation WHERE saga = $saga ORDER BY id
