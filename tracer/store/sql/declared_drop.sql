DELETE FROM declared WHERE saga IN (SELECT unnest($sagas))
