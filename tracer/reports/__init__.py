"""The post-mortem of one transaction, as Markdown and as HTML, and its waterfall as SVG. Pure.

`story` says what there is to tell, with text as telemetry had it; each form cleans and escapes it for its medium. Times
are UTC, because a report is read elsewhere than it was made. Nothing in a report loads anything or runs anything.
"""
