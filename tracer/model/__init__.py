"""The record: one Arrow schema for a span and for an event, and the words that its columns use.

`records` holds the schema and the helper that builds batches for low-volume sources; `words` the
closed vocabularies (phases, states, statuses, kinds); `text` the one door through which text from
telemetry passes before a person sees it; `duration` how durations are said; `address` what a listener can be given.
"""
