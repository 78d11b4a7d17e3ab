SELECT count(*) FROM {{stall_rows}}
