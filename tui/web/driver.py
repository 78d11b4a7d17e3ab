"""How the terminal draws for a browser: Textual's web driver, which also ends when nobody is at the other end."""

from __future__ import annotations

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp


class BrowserDriver(WebDriver):
    """Reads and writes packets over stdin and stdout; the end of stdin ends the application.

    A server that was killed closes nothing else, and a screen on which nothing changes would not notice.
    """

    def run_input_thread(self) -> None:
        """Read until the input ends."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(ExitApp())
