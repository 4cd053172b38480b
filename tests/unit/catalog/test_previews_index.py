"""The numpy index always says what the tables say, whatever was written in between."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from new_catalog import bring_catalog
from photoarchive.catalog.database import Database
from photoarchive.catalog.preview_index import PreviewIndex
from photoarchive.catalog.preview_order import PathOrder
from photoarchive.catalog.previews import NUMBER, TIERS, CacheFile, Failure, Previews, content_version
from photoarchive.core.tiers import Tier

RECIPES = {Tier.SM: 1, Tier.MD: 1, Tier.LG: 1}
SMALL = (Tier.SM, Tier.MD)
photo_ids = st.integers(1, 8)
changes = st.lists(st.one_of(
    st.tuples(st.just("content"), photo_ids, st.integers(0, 3)),
    st.tuples(st.just("state"), photo_ids, st.integers(0, 2)),
    st.tuples(st.just("put"), photo_ids, st.sampled_from(TIERS), st.integers(1, 2)),
    st.tuples(st.just("drop"), photo_ids, st.sampled_from(TIERS)),
    st.tuples(st.just("fail"), photo_ids),
    st.tuples(st.just("delete"), photo_ids),
), max_size=40)


class Tables:
    """Eight photos, of which the even ones belong to source 2."""

    def __init__(self, home: Path) -> None:
        self.db = Database(bring_catalog(home))
        self.db.write(lambda tx: tx.executemany(
            "INSERT INTO sources (path, display_name, added_at) VALUES (?, 'x', 0)", [(b"a",), (b"b",)]) and None)
        self.db.write(lambda tx: tx.executemany("INSERT INTO folders (id, source_id, relpath) VALUES (?, ?, ?)", [
            (1, 2, b"z"), (2, 1, b"z"), (3, 1, b"a"), (4, 2, b"m")]) and None)
        for photo in range(1, 9):
            self._add(photo)
        self.previews = Previews(self.db)
        self.index = PreviewIndex(self.db, self.previews, lambda: RECIPES)
        self.index.start()
        assert self.index.ready.wait(10)

    def _add(self, photo: int) -> None:
        folder = (photo % 4) + 1
        source = 2 if folder in (1, 4) else 1

        def work(tx):
            tx.execute("INSERT INTO photos (id, created_at, source_id, folder_id, file_id) VALUES (?, 0, ?, ?, ?)",
                       (photo, source, folder, photo))
            tx.execute("INSERT INTO files (id, photo_id, folder_id, name, size, mtime_ns, first_seen) "
                       "VALUES (?, ?, ?, ?, 5, 0, 0)", (photo, photo, folder, f"{9 - photo}.jpg".encode()))

        self.db.write(work)

    def version(self, photo: int) -> bytes | None:
        row = self.db.read().execute("SELECT size, mtime_ns FROM files WHERE photo_id = ?", (photo,)).fetchone()
        return content_version(None, *row) if row else None

    def apply(self, change) -> None:
        verb, photo, *rest = change
        if verb == "content":
            self._photos("UPDATE files SET mtime_ns = ? WHERE photo_id = ?", rest[0], photo)
        elif verb == "state":
            self._photos("UPDATE photos SET state = ? WHERE id = ?", rest[0], photo)
        elif verb == "delete":
            self._photos("DELETE FROM photos WHERE id = ?", photo)
        elif verb == "put" and (version := self.version(photo)):
            self.previews.put([CacheFile(photo, rest[0], 1, 1, 1, rest[1], version, ".jpg", 0, 1)], looked=False)
        elif verb == "drop" and (file := self.previews.files(photo).get(rest[0])):
            self.previews.drop([file])
        elif verb == "fail" and (version := self.version(photo)):
            self.previews.record_failures([Failure(photo, version, "broken", 0.0)])

    def _photos(self, sql: str, *values) -> None:
        def work(tx):
            tx.execute(sql, values)
            tx.changes.touch("photos", [values[-1]])

        self.db.write(work)

    def lacking(self, tiers, *, refresh: bool) -> list[int]:
        """The same question in plain SQL and Python."""
        found = []
        for photo, state in self.db.read().execute("SELECT id, state FROM photos").fetchall():
            version = self.version(photo)
            failed = self.db.read().execute(
                "SELECT 1 FROM preview_failures WHERE photo_id = ? AND version = ?", (photo, version)).fetchone()
            rows = self.db.read().execute("SELECT tier, recipe FROM previews WHERE photo_id = ? AND version = ?",
                                          (photo, version)).fetchall()
            good = {TIERS[tier] for tier, recipe in rows if not refresh or tier >= NUMBER[Tier.FULL] or recipe == 1}
            if state == 0 and not failed and not good.issuperset(tiers):
                found.append(photo)
        return found


@settings(max_examples=40, deadline=None)
@given(changes)
def test_the_index_agrees_with_the_tables(steps):
    with tempfile.TemporaryDirectory() as folder:
        tables = Tables(Path(folder))
        try:
            for step in steps:
                tables.apply(step)
            for _ in range(3):
                tables.index.catch_up()
            for refresh in (False, True):
                expected = tables.lacking(SMALL, refresh=refresh)
                assert tables.index.lacking(SMALL, (), refresh_stale=refresh).tolist() == expected
                assert tables.index.lacking_count(SMALL, (), refresh_stale=refresh) == len(expected)
                assert [photo for photo in range(1, 9)
                        if tables.index.lacks(photo, SMALL, refresh_stale=refresh)] == expected
        finally:
            tables.index.close()
            tables.db.close()


def test_photos_come_source_by_source_folder_by_folder_name_by_name(tmp_path):
    tables = Tables(tmp_path)
    try:
        order = PathOrder(tables.db, tables.index)
        ids = order.next(99, lambda: tables.index.lacking(SMALL, (), refresh_stale=False), lambda photo: photo != 6)
        rows = {photo: (source, relpath, name) for photo, source, relpath, name in tables.db.read().execute(
            "SELECT p.id, d.source_id, d.relpath, f.name FROM photos p JOIN files f ON f.photo_id = p.id "
            "JOIN folders d ON d.id = f.folder_id")}
        assert ids == sorted((photo for photo in rows if photo != 6), key=rows.__getitem__)
        assert tables.index.lacking(SMALL, (2,), refresh_stale=False).tolist() == [
            photo for photo in rows if rows[photo][0] == 1]
    finally:
        tables.index.close()
        tables.db.close()


def test_a_new_content_is_told(tmp_path):
    tables = Tables(tmp_path)
    try:
        told: list[int] = []
        tables.index.on_new_version(told.extend)
        tables.apply(("content", 3, 1))
        tables.index.catch_up()
        tables.apply(("state", 4, 1))
        tables.index.catch_up()
        assert told == [3]
    finally:
        tables.index.close()
        tables.db.close()


def test_ids_far_beyond_the_known_ones_have_their_place(tmp_path):
    tables = Tables(tmp_path)
    try:
        tables.index.put([CacheFile(1_000_000, Tier.SM, 1, 1, 1, 1, bytes(8), ".jpg", 0, 1)])
        assert tables.index.has(1_000_000, Tier.SM)
        assert not tables.index.has(999_999, Tier.SM)
        assert not tables.index.has(5_000_000, Tier.SM)
    finally:
        tables.index.close()
        tables.db.close()
