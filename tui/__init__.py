"""The terminal: a live list of transactions and the timeline of one, calm enough for a bad night.

Data flows one way. `source` (the only user of `tracer.client`) has one thread that reads the sidecar,
makes one frozen `Snapshot` and delivers it as one message. `state`, `filters`, `axis`, `waterfall`,
`columns` and `format` are pure: they turn snapshots and keys into lines of (text, role) pieces. Only
`app`, `screens` and `widgets` know Textual; they paint those lines and repaint only the cells that changed.
"""
