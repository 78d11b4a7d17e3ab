"""The composition root: the only place that knows every part and puts them together.

`plan` turns a configuration into what would run, without I/O; `sidecar` runs it and stops it in order;
`direct` reads a store file without a sidecar; `report` says how everything goes; `logs` writes the log.
"""
