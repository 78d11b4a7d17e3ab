SELECT body FROM alert WHERE state <> 'resolved' AND what = 'stuck'
