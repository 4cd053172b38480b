"""Tells open pages that people changed: the event `people`, with the revision to compare with."""

from __future__ import annotations

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.face_columns import GROUP, FaceColumns
from photoarchive.core.events import Bus, Event


class PeopleNews:
    """Publishes after each commit that changed a face or a person."""

    def __init__(self, db: Database, bus: Bus, faces: FaceColumns) -> None:
        self._bus, self._faces = bus, faces
        db.after_commit(self._tell)

    def _tell(self, tx: Transaction) -> None:
        if GROUP in tx.changes.whole or GROUP in tx.changes.photos:
            self._bus.publish(Event("people.changed", {"revision": self._faces.revision()}))
