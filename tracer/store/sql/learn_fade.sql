UPDATE lesson SET faded_ns = $now
