"""A disk cache over a catalog of photos without files, for tests of what it keeps, where and for how long."""

from __future__ import annotations

from pathlib import Path

from new_catalog import bring_catalog
from photoarchive.catalog.database import Database
from photoarchive.catalog.previews import Previews
from photoarchive.core.tiers import Tier
from photoarchive.imaging import budgets
from photoarchive.imaging.cache_file import NewFile, Wish
from photoarchive.imaging.cache_ledger import Limits
from photoarchive.imaging.disk_cache import DiskCache

GB = budgets.GB


class Shelf:
    """A disk cache over a catalog of `photos` photos without files."""

    def __init__(self, home: Path, *, gigabytes: float = 1.0, eligible: int = 0, photos: int = 50) -> None:
        self.db = Database(bring_catalog(home))
        self.db.write(lambda tx: tx.executemany(
            "INSERT INTO photos (id, created_at, source_id, folder_id) VALUES (?, 0, 1, 1)",
            [(n,) for n in range(1, photos + 1)]) and None)
        self.previews = Previews(self.db)
        self.folder = home / "cache"
        self.eligible = eligible
        self.cache = self.again(gigabytes)

    def reopen(self, home: Path) -> None:
        """The same catalog, opened where it lies now."""
        self.db = Database(home / self.db.path.name)
        self.previews = Previews(self.db)
        self.cache = self.again()

    def again(self, gigabytes: float = 1.0) -> DiskCache:
        """A new process over the same catalog and folder."""
        return DiskCache(self.previews, self.db.meta("catalog_uuid"), Limits(self.folder, gigabytes, "balanced"),
                         lambda: self.eligible)

    def keep(self, photo_id: int, tier: Tier = Tier.LG, size: int = 100, wish: Wish = Wish.STOCK, mark: bytes = b"a",
             version: bytes = b"version1"):
        data = picture(size, mark)
        return self.cache.keep([NewFile(photo_id, tier, 4, 3, 7, version, data, len(data))], wish)

    def row(self, photo_id: int, tier: Tier = Tier.LG):
        return self.previews.files(photo_id).get(tier)

    def path(self, photo_id: int, tier: Tier = Tier.LG) -> Path:
        return self.folder / tier / str(photo_id // 1000) / f"{photo_id}.jpg"

    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


def picture(size: int, mark: bytes = b"a") -> bytes:
    return b"\xff\xd8" + mark * (size - 4) + b"\xff\xd9"
