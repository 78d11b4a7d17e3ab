SELECT faded_ns FROM lesson
