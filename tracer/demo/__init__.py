"""The demo: a sidecar in a scratch folder, and services that give it a real night to look at.

`sagascope demo` starts the sidecar as its own process and beside it a message broker, nine services
instrumented with opentelemetry-sdk, their customers, and once a writer of the last forty minutes. They
run two sagas over real OTLP, an order by choreography (`orders`) and a money transfer by orchestration
(`transfers`), and meet the faults of the one table in `faults` at known shares.

The services are written against `world.World`, which has two makers: `live` (real time, HTTP, the
broker) and `history` (time that jumps, everything in one process), so that the past has the same shape
as the present. A story that reaches the present in the middle of a step is one that is stuck there.

Nobody outlives the demo: each child holds the reading end of a pipe whose writing end only the demo has
(`leash`), so it ends when the demo does, however the demo ends.

This area imports of tracer only client, views, model, errors and clock, and besides opentelemetry
nothing but the standard library, which keeps a service near 30 MB.
"""
