"""A scanned catalog whose files are read by the real metadata job in real workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from photoarchive.catalog.fulltext import FullText
from photoarchive.features.metadata.jobs import MetadataJob
from photoarchive.features.metadata.service import MetadataService
from photoarchive.work.job import Budget
from photoarchive.work.pool import Pool
from source_lab import SourceLab

BUDGET = Budget(items=200, workers=2)


class MetadataLab(SourceLab):
    """Folders in, facts out."""

    def __init__(self, home: Path, pool: Pool) -> None:
        super().__init__(home, pool)
        self.text = FullText(self.db, self.columns)
        self.metadata = MetadataJob(self.db, self.sources, pool)
        self.service_of_tags = MetadataService(self.db, self.sources, pool)

    def read(self) -> None:
        """Run the metadata job until nothing is left."""
        for _ in range(100):
            if not self.metadata.pending():
                return
            self.metadata.step(BUDGET)
        raise AssertionError("the metadata job does not come to an end")

    def add_and_read(self, folder: Path) -> int:
        """Add a folder, scan it, read everything."""
        source_id = self.add(folder)
        self.read()
        return source_id

    def rescan_and_read(self, source_id: int) -> None:
        """What happens when the user presses rescan."""
        self.scan(source_id)
        self.read()

    def photo(self, path: str) -> dict[str, Any]:
        """All columns of photos, details and marks of the photo at a path beneath its source."""
        cursor = self.db.read().execute(
            "SELECT d.*, m.*, c.make, c.model, l.name AS lens, x.ext, p.* FROM photos p "
            "LEFT JOIN details d ON d.photo_id = p.id LEFT JOIN marks m ON m.photo_id = p.id "
            "LEFT JOIN cameras c ON c.id = p.camera_id LEFT JOIN lenses l ON l.id = p.lens_id "
            "LEFT JOIN formats x ON x.id = p.format_id WHERE p.id = ?", (self.ids()[path],))
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))

    def keywords(self, path: str) -> set[str]:
        """Keywords of a photo that count."""
        return {row[0] for row in self.sql(
            "SELECT k.name FROM photo_keywords p JOIN keywords k ON k.id = p.keyword_id "
            "WHERE p.photo_id = ? AND p.origin < 2", self.ids()[path])}
