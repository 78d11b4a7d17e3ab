"""The terminal in a browser: `sagascope tui --web`.

A browser's socket is one child process: the same `sagascope tui`, under the driver of `tui.web.driver`. The page, its
script and its font come from here and from the package textual-serve; nothing is fetched from anywhere else.

Whoever asks must come by the name of this machine (the Host header), and the page and its socket must carry the token
that was drawn at the start, because everybody on this machine can reach a loopback port.
"""
