"""Dialects: what the envelopes of messages say about sagas, decoded in columns.

A dialect (`dialect.Dialect`) is a set of SQL expressions over one message; `dialects.DIALECTS` is the
ordered registry. `decoder.Decoder` makes one projection of the dialects and of the team's own mapping
(`options.DialectOptions`) and runs it over a batch of messages: no Python for each message. It knows no
broker: `tracer.model.messages` says what a message is, and every broker's collector uses this package.
"""
