"""Draws the flow of a saga: for a terminal, and as DOT, Mermaid and SVG.

`graph` makes boxes and arrows of a flow and finds the ways back, `layout` gives each box its place in layers; both
are pure and know no medium. `chart` draws them on a `canvas` of cells, for the command line and for the terminal.
Text in a flow is as telemetry had it: each drawing cleans and escapes it for its medium.
"""
