import pytest

from tests.unit.tui.fake import bad_night, lost_message, transaction
from tests.unit.tui.pilot import opened, run
from tests.unit.tui.samples import advised
from tui.look import Look

SIZES = ((40, 10), (160, 50), (1, 1), (60, 3), (120, 40))
WALKS = ((), ("l",), ("l", "enter"), ("l", "enter", "enter"), ("l", "enter", "a"), ("l", "f"), ("l", "slash", "x"),
         ("colon", "o"), ("question_mark",))  # fmt: skip


@pytest.mark.parametrize("keys", WALKS, ids=lambda keys: " ".join(keys) or "now")
def test_no_size_ends_a_screen(keys):
    """On every screen a storm of resizes with keys in between, down to one cell, ends with a screen that is right."""

    async def scene():
        reader = bad_night()
        reader.by_id["order-1042"] = transaction(advice=advised(), message=lost_message())
        async with opened(reader, screen="now", look=Look(colour=False)) as it:
            await it.press(*keys)
            for width, height in SIZES:
                await it.pilot.resize_terminal(width, height)
                for key in ("end", "home"):
                    await it.press(key)
                lines = it.screen()
                assert (width, height) == (max(map(len, lines)), len(lines))
            await it.until(lambda: "order" in it.text() or "sagascope" in it.text())

    run(scene)
