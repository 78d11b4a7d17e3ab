"""The Kafka collector: events of topics into records, exactly once, and how far other groups have read.

A `session` is one life of a consumer: it subscribes, seeks to the positions that the store committed, and
hands what it reads to the `pipeline`, which decodes in a thread and writes one batch at a time, positions
and records in one commit. Only then is the group's offset committed to Kafka, for the tools that show lag.
Whatever breaks a session is told in one line (`failures`) and a new one begins after a bounded wait, from
the store's positions: nothing is skipped, and what is read twice is absorbed. `progress` samples other
groups. `docs/kafka.md` says it for users.
"""
