"""Analysis: pure functions from states to what a person should know. No I/O, no clock."""
