SELECT before, after, bucket, n FROM {{learn_times}}
