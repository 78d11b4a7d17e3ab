"""Kafka as the bus of the demo: `sagascope demo --kafka HOST:PORT`.

Each demo has topics and consumer groups of its own under a random prefix; `topics` creates and removes
them, `wire` says what a message looks like there, `bus` carries the services' messages, and `past` writes
those of the history.
"""
