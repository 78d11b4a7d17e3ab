"""The questions: what `ls`, `show`, `records` and the HTTP API ask of the store.

`queries.Queries` answers in the shapes of `tracer.views`; `listing` reads the list, `gathering` one
transaction, never behind the records; `telling` puts it into the shape of the contract, `paging` its records.
"""
