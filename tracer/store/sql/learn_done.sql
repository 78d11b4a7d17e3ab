UPDATE lesson SET seq = $upto
