"""All cached pictures behind one door: RAM over SSD over the manifest, in step with the settings.

Whoever needs a picture asks `find`; whoever made one calls `keep`. What to make, and when, is decided elsewhere.
"""

from __future__ import annotations

import logging
import threading
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.preview_index import PreviewIndex
from photoarchive.catalog.preview_subjects import Subject
from photoarchive.catalog.previews import TIERS, CacheFile, Previews
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.events import Bus, Event
from photoarchive.core.settings import Settings, SettingsStore
from photoarchive.core.tiers import PREVIEW_TIERS, Tier
from photoarchive.imaging.budgets import Held, memory_budgets
from photoarchive.imaging.cache_file import NewFile, Wish
from photoarchive.imaging.cache_ledger import Limits
from photoarchive.imaging.disk_cache import DiskCache
from photoarchive.imaging.memory_cache import MemoryCache, Picture
from photoarchive.imaging.previews import Rendered, TierSpec

log = logging.getLogger(__name__)

RECIPE_GENERATION = 1           # rises when rendering itself changes so much that old previews should be made again
MAINTAIN_SECONDS = 5.0
CARRIED_AT_A_TIME = 32          # files brought over from an earlier cache folder, per round
COPY_RECIPE = 0                 # tier full: the original itself
PROXY_RECIPE = 1                # tier full of a video: a copy browsers can play (imaging.video_proxy)
MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
               ".bmp": "image/bmp", ".avif": "image/avif", ".jxl": "image/jxl"}
VIDEO_TYPES = {".mp4": "video/mp4"}

StalePolicy = Literal["keep", "refresh"]


class OpenFile(msgspec.Struct, frozen=True):
    """A big cached file, open for reading; whoever asked for it closes the descriptor."""

    descriptor: int
    size: int
    media_type: str
    etag: str


class Made(msgspec.Struct, frozen=True):
    """Freshly made previews and the recipes they were made by."""

    pictures: tuple[Rendered, ...]
    recipes: Mapping[Tier, int]


class PreviewCache:
    """The caches of one catalog. Thread-safe. start() begins the upkeep, close() ends it."""

    def __init__(self, db: Database, settings: SettingsStore, bus: Bus) -> None:
        self._db, self._settings = db, settings
        self.previews = Previews(db)
        self.index = PreviewIndex(db, self.previews, self.recipes)
        now = settings.current
        self.memory = MemoryCache(memory_budgets(now.memory_cache_gb, now.cache_profile))
        self.disk = DiskCache(self.previews, str(db.meta("catalog_uuid")), _limits(now), self.index.eligible)
        self._stale: StalePolicy = "refresh" if db.meta("stale_previews") == "refresh" else "keep"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._upkeep, name="cache-upkeep", daemon=True)
        self.index.on_new_version(self.memory.drop)
        bus.on("settings.changed", self._settings_changed)

    def start(self) -> None:
        """Load the index and begin the upkeep, both in the background."""
        self.index.start()
        self._thread.start()

    def close(self) -> None:
        """Write down what was used; end the threads. The catalog must still be open."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.index.close()
        self.disk.ledger.flush()

    # ------------------------------------------------------------------ recipes

    def specs(self, tiers: Iterable[Tier]) -> tuple[TierSpec, ...]:
        """Size and quality of tiers by the settings; full has none."""
        now = self._settings.current
        return tuple(TierSpec(tier, getattr(now, f"thumb_size_{tier}"), now.thumb_quality)
                     for tier in PREVIEW_TIERS if tier in set(tiers))

    def recipes(self) -> dict[Tier, int]:
        """What previews made now would be: a number per tier that changes with its size or the quality."""
        return {spec.tier: recipe_of(spec) for spec in self.specs(PREVIEW_TIERS)}

    def full_recipe(self) -> int:
        """The same of a full-resolution JPEG."""
        return zlib.crc32(f"{RECIPE_GENERATION} full {self._settings.current.thumb_quality}".encode())

    @property
    def stale_policy(self) -> StalePolicy:
        """What becomes of previews of another size or quality: "keep" them, or "refresh" them in the background."""
        return self._stale

    def set_stale_policy(self, policy: StalePolicy) -> None:
        """The user's answer after sizes or quality were changed."""
        self._db.write(lambda tx: tx.execute(
            "INSERT INTO meta VALUES ('stale_previews', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (policy,)) and None)
        self._stale = policy

    # ------------------------------------------------------------------ reading

    def find(self, photo_id: int, tier: Tier, version: bytes | None = None, *, looked: bool = False) -> Picture | None:
        """A cached preview, from RAM or the SSD; None if there is none that shows the present content.

        version: that content (Subject.version); None: any will do, because the original is out of reach.
        looked: a person asked for it.
        """
        picture = self.memory.get(photo_id, tier)
        if picture is not None:
            if looked:
                self.disk.ledger.used(photo_id, tier, looked=True)
            return picture
        file = self.previews.files(photo_id).get(tier)
        if file is None or (version is not None and file.version != version):
            return None
        data = self.disk.read(file)
        if data is None:
            return None
        picture = Picture(data, etag_of(file.version, file.recipe), MEDIA_TYPES.get(file.suffix, "image/jpeg"))
        self.memory.put(photo_id, tier, picture)
        if looked:
            self.disk.ledger.used(photo_id, tier, looked=True)
        return picture

    def open_full(self, subject: Subject, tier: Tier = Tier.FULL) -> OpenFile | None:
        """The cached copy of an original, its full-resolution JPEG, or the copy of a video or clip, open. None: not
        cached."""
        file = self.previews.files(subject.photo_id).get(tier)
        if file is None or (subject.version is not None and file.version != subject.version):
            return None
        descriptor = self.disk.open(file)
        if descriptor is None:
            return None
        self.disk.ledger.used(subject.photo_id, tier, looked=True)
        media_type = (MEDIA_TYPES | VIDEO_TYPES).get(file.suffix, "image/jpeg")
        return OpenFile(descriptor, file.size, media_type, etag_of(file.version, file.recipe))

    def cached_tiers(self, subject: Subject) -> dict[Tier, CacheFile]:
        """The tiers the cache holds of a photo's present content."""
        files = self.previews.files(subject.photo_id)
        return {tier: file for tier, file in files.items() if subject.version in (None, file.version)}

    # ------------------------------------------------------------------ keeping

    def keep(self, photo_id: int, version: bytes, made: Made, wish: Wish) -> list[CacheFile]:
        """Keep freshly made previews on the SSD. Those kept are returned; the disk may be full or away."""
        if wish is Wish.STOCK:
            self.memory.drop([photo_id], made.recipes)      # nobody waits for them, but older ones are wrong now
        return self.disk.keep([NewFile(photo_id, one.tier, one.width, one.height, made.recipes[one.tier], version,
                                       one.data, len(one.data)) for one in made.pictures], wish)

    def remember(self, photo_id: int, version: bytes, made: Made) -> dict[Tier, Picture]:
        """Keep freshly made previews in RAM, ready to be sent."""
        ready = {one.tier: Picture(one.data, etag_of(version, made.recipes[one.tier])) for one in made.pictures}
        for tier, picture in ready.items():
            self.memory.put(photo_id, tier, picture)
        return ready

    def clear(self, tiers: Iterable[Tier] = TIERS) -> int:
        """Delete the cached files of these tiers, by the manifest. Returns how many went."""
        wanted = list(tiers)
        self.memory.clear(wanted)
        return self.disk.clear(wanted)

    # ------------------------------------------------------------------ upkeep

    def _settings_changed(self, event: Event) -> None:
        keys, now = set(event.data["keys"]), self._settings.current
        if keys & {"memory_cache_gb", "cache_profile"}:
            self.memory.resize(memory_budgets(now.memory_cache_gb, now.cache_profile))
        if keys & {"ssd_cache_dir", "ssd_cache_gb", "cache_profile"}:
            self.disk.set_limits(_limits(now))
        if keys & {"thumb_size_sm", "thumb_size_md", "thumb_size_lg", "thumb_quality"}:
            self.index.recipes_changed()

    def _upkeep(self) -> None:
        """Every few seconds: write down uses, delete what is left over, shrink to the budgets, carry files over."""
        while not self._stop.wait(MAINTAIN_SECONDS):
            try:
                self.maintain()
            except PhotoArchiveError as error:
                log.warning("Upkeep of the cache: %s", error.sentence)
            except Exception:
                log.exception("Upkeep of the cache failed; it is tried again")

    def maintain(self) -> None:
        """One round of the upkeep."""
        self.disk.ledger.flush()
        self.disk.sweep()
        if self.index.ready.is_set():       # before, nobody knows how much sm and md need
            self.disk.trim()
            self.disk.carry_over(CARRIED_AT_A_TIME)

    def status(self) -> dict[str, Any]:
        """Plain numbers of the RAM cache and the SSD cache, as COMPAT names them."""
        shelves = self.memory.usage()
        held, budgets = self.disk.ledger.held(), self.disk.ledger.budgets()
        eligible = self.index.eligible()
        return {
            "memory": {
                "bytes": sum(used for _, used, _ in shelves.values()),
                "budget_bytes": sum(budget for _, _, budget in shelves.values()),
                "items": sum(count for count, _, _ in shelves.values()),
                "tiers": {str(tier): {"items": count, "bytes": used, "budget_bytes": budget}
                          for tier, (count, used, budget) in shelves.items()},
            },
            "disk": {
                "root": str(self.disk.root), "bytes": sum(h.bytes for h in held.values()),
                "budget_bytes": self.disk.ledger.budget(), "trouble": self.disk.trouble,
                "tiers": {str(tier): self._tier_status(tier, held[tier], budgets[tier], eligible) for tier in TIERS},
            },
            "eligible_images": eligible,
        }

    def _tier_status(self, tier: Tier, held: Held, budget: int, eligible: int) -> dict[str, Any]:
        known = self.index.count(tier)
        return {
            "count": held.files, "bytes": held.bytes, "budget_bytes": budget,
            "current": known.files - known.stale, "stale": known.stale,
            "progress_pct": round(100.0 * known.files / eligible, 1) if eligible else 0.0,
        }


def recipe_of(spec: TierSpec) -> int:
    """A number that changes with size and quality."""
    return zlib.crc32(f"{RECIPE_GENERATION} {spec.long_side} {spec.quality}".encode())


def etag_of(version: bytes, recipe: int) -> str:
    """Changes with the content of the original and with how the picture was made."""
    return f'"{version.hex()}-{recipe:x}"'


def _limits(settings: Settings) -> Limits:
    return Limits(Path(settings.ssd_cache_dir), settings.ssd_cache_gb, settings.cache_profile)
