"""Orders that no parcel service takes: each kind has a topic and a service of its own. Over Kafka only.

The services say nothing before they are done with an order, so that only their group's offset tells where it is.
"""

from __future__ import annotations

from typing import Final

from tracer.demo.orders import SHIP
from tracer.demo.participant import Participant
from tracer.demo.world import Message, Routes, Topics

FREIGHT_S: Final = 75.0
ENGRAVING_S: Final = 600.0


class Freight:
    """Ships what is too heavy for a parcel, more slowly than such orders come in."""

    takes_s = FREIGHT_S
    topic = "payments.captured.freight"

    def __init__(self, me: Participant) -> None:
        self._me = me
        self.routes: Routes = {}
        self.topics: Topics = {self.topic: self.ship}

    def ship(self, message: Message) -> None:
        """Find a lorry, then ship."""
        me = self._me
        with me.consume(message, SHIP, linked=True):
            me.world.sleep(self.takes_s)
            me.publish("shipments.shipped", "ParcelShipped", message.key, message.body, cause=message.id)


class Engraving(Freight):
    """Engraves by hand before it ships."""

    takes_s = ENGRAVING_S
    topic = "payments.captured.engraving"
