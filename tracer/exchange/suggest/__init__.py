"""Suggests a mapping from a sample of messages: pure, from messages to TOML that a person checks and pastes.

`profiles` says what stands at each place of the messages of each topic; `types` which of them names the event,
`ids` which carries the business transaction id, `others` which the time, the message id and its cause, `owners` who
sent it and what went wrong; `ends` which events end a transaction and `phases`
what the names of events mean (`vocabulary` has the words); `proposal` puts it together, `toml` writes it.
"""
