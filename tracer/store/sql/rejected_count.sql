SELECT count(*) FROM {{rejected_chosen}}
