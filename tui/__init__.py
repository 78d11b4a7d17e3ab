"""The terminal: what is wrong now, a live list of transactions, the timeline of one; calm enough for a bad night.

Data flows one way. `source` (the only user of `tracer.client`) has one thread that reads the sidecar for
what the screen on top wants (`wants`), makes one frozen `Snapshot` and delivers it as one message. `now`,
`state`, `filters`, `axis`, `waterfall`, `columns` and `format` are pure: they turn snapshots and keys into
lines of (text, role) pieces. Only `app`, `screens` and `widgets` know Textual; they paint those lines and
repaint only the cells that changed.
"""
