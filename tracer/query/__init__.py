"""The questions: what `ls`, `show`, `records` and the HTTP API ask of the store.

`queries.Queries` answers in the shapes of `tracer.views`; `listing` reads the list, `showing` one
transaction, folded from its records at the moment of asking, so that it is never behind.
"""
