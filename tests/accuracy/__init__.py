"""How often Sagascope's answers are right, over simulated sagas whose truth is known.

The corpus is made without the analysis: nothing here except `measure` and `setup_store` imports anything of `tracer`
but the record's schema, its words and units, and nothing imports `tracer.analysis`.

- `shapes` has the words in which a saga is described, `sagas` the sagas themselves.
- `simulator` runs one transaction and says what truly happened; `faults` are what can go wrong in it.
- `telemetry` turns that into records, with skewed clocks, losses, duplicates and late ones.
- `labels` says what an expert who sees only the telemetry could know; `corpus` puts all of it together.
- `definitions` writes each saga as its team would declare it.
- `expert` reads records as that expert would: it shows that the labels can be reached.
- `measure` feeds a store and asks it, `report` counts, `wrong` tells what was wrong.
  `setup_store` is the door to definitions and learning. `python -m tests.accuracy` does all of it.
"""
