SELECT min(due_ns) FROM {{delivery_queue}} WHERE place = 1
