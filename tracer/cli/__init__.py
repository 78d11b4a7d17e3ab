"""The command line: thin commands over `tracer.client` (or over a store file with --data).

`main` finds the command and imports nothing else, so that `version` and `ls` start at once. `output` is
the only writer of stdout; `exits` alone writes stderr and chooses exit codes: 0 fine, 1 a check asked
for with --fail-if-any found something, 2 usage or configuration, 3 not found, 4 sidecar or store not
reachable.
"""
