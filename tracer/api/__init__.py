"""The HTTP API: `routes` says what can be asked, the other modules answer.

Every route stands once, in `routes.ROUTES`: the application, the check of query parameters and
`/openapi.json` are made from it. Answers are the shapes of `tracer.views`, errors RFC 9457 problem
documents. Questions to the store block, so they run in a bounded pool of threads (`pool`).
"""
