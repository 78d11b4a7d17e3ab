SELECT step, compensates, owner, n, retried, retried_well, failed, most_attempts, waits FROM {{learn_facts}}
