"""Words: what is found, and that the index follows its photos in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.fulltext import FullText, parse_words, rebuild
from small_catalog import SmallCatalog, open_catalog

PHOTOS = {
    1: (b"IMG_1234.jpg", "Sunrise over Reine", "Canon"),
    2: (b"harbour at night.jpg", "Boats", "SONY"),
    3: (b"caf\xe9.jpg", "Kaffee in Zürich", "Canon"),
    4: (b"DSC_0001.NEF", None, None),
}


@pytest.fixture
def catalog(home: Path) -> Iterator[SmallCatalog]:
    """Four photos with words."""
    opened = open_catalog(home)

    def write(tx: Transaction) -> None:
        tx.execute(
            "INSERT INTO sources (id, path, display_name, added_at) VALUES (1, CAST('/drive' AS BLOB), 'Archive', 0)"
        )
        tx.execute("INSERT INTO folders VALUES (1, 1, CAST('Norway/Lofoten' AS BLOB))")
        tx.executemany("INSERT INTO cameras VALUES (?, ?, ?)", [(1, "Canon", "EOS R5"), (2, "SONY", "ILCE-7RM4")])
        for photo_id, (name, caption, make) in PHOTOS.items():
            camera = {"Canon": 1, "SONY": 2, None: None}[make]
            tx.execute(
                "INSERT INTO photos (id, created_at, file_id, source_id, folder_id, ready, camera_id) "
                "VALUES (?, 0, ?, 1, 1, 1, ?)",
                (photo_id, photo_id, camera),
            )
            tx.execute(
                "INSERT INTO files (id, photo_id, folder_id, name, size, mtime_ns, first_seen) "
                "VALUES (?, ?, 1, ?, 1, 1, 1)",
                (photo_id, photo_id, name),
            )
            tx.execute("INSERT INTO details (photo_id, caption) VALUES (?, ?)", (photo_id, caption))
        for group in ("photos", "text"):
            tx.changes.touch(group, list(PHOTOS))

    opened.db.write(write)
    yield opened
    opened.close()


def found(catalog: SmallCatalog, text: str) -> list[int]:
    return np.flatnonzero(catalog.text.mask(text)).tolist()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("sunrise", [1]),
        ("SUNR", [1]),
        ("sun reine", []),
        ("sunrise rei", [1]),
        ("img_1234", [1]),
        ("1234", [1]),
        ("123", [1]),
        ("lofoten", [1, 2, 3, 4]),
        ("zurich", [3]),
        ("Zürich", [3]),
        ("canon -sunrise", [3]),
        ("-canon", [0, 2, 4]),
        ('"over reine"', [1]),
        ('"reine over"', []),
        ('"boat"', []),
        ("boat", [2]),
        ("ilce-7rm4", [2]),
        ("!!!", []),
        ('"', []),
        ("AND", []),
        ("boats OR sunrise", []),
        ("NEAR(", []),
        ("*", []),
        ('say "hi', []),
        ("-", []),
    ],
)
def test_words_find_their_photos(catalog: SmallCatalog, text: str, ids: list[int]) -> None:
    """All words, a prefix of the last, exact phrases, unwanted words; the syntax of FTS5 itself has no effect."""
    assert found(catalog, text) == ids
    if not text.startswith("-"):
        assert sorted(catalog.text.ranked(text)[0].tolist()) == ids


def test_the_index_follows_captions_corrections_and_deletions(catalog: SmallCatalog) -> None:
    """A touched photo is found by its new words at once; a deleted one is not found."""

    def write(tx: Transaction) -> None:
        tx.execute("UPDATE details SET caption = 'Waterfall' WHERE photo_id = 1")
        tx.execute("INSERT INTO overlays (photo_id, field, value) VALUES (2, 'caption', 'Fishing boats in fog')")
        tx.execute("DELETE FROM photos WHERE id = 3")
        tx.changes.touch("text", [1, 2, 3])
        tx.changes.touch("photos", [3])

    assert found(catalog, "sunrise") == [1]
    catalog.db.write(write)
    assert found(catalog, "sunrise") == []
    assert found(catalog, "waterfall") == [1]
    assert found(catalog, "fog") == [2]
    assert found(catalog, "zurich") == []
    assert catalog.db.read().execute("SELECT count(*) FROM photo_text").fetchone()[0] == 3


def test_a_rollback_leaves_the_index_as_it_was(catalog: SmallCatalog) -> None:
    """Words and rows change together or not at all."""

    def fail(tx: Transaction) -> None:
        tx.execute("UPDATE details SET caption = 'Waterfall' WHERE photo_id = 1")
        tx.changes.touch("text", [1])
        tx.execute("INSERT INTO meta VALUES ('catalog_uuid', 'twice')")

    with pytest.raises(Exception, match="UNIQUE"):
        catalog.db.write(fail)
    assert found(catalog, "waterfall") == []


def test_a_rebuild_gives_the_same_index(catalog: SmallCatalog) -> None:
    """After losing the table's rows everything is found again."""
    before = {text: found(catalog, text) for text in ("canon", "lofoten", "boat", "-canon")}
    catalog.db.write(lambda tx: tx.execute("DELETE FROM photo_text"))
    catalog.db.write(rebuild)
    catalog.db.write(lambda tx: tx.changes.touch("text", [1]))
    assert {text: found(catalog, text) for text in before} == before


def test_ranking_puts_better_matches_first(catalog: SmallCatalog) -> None:
    """Scores are greater for a photo that matches in a shorter text; unwanted words exclude."""
    ids, scores = catalog.text.ranked("canon")
    assert sorted(ids.tolist()) == [1, 3]
    assert (scores > 0).all()
    assert catalog.text.ranked("canon -kaffee")[0].tolist() == [1]


def test_only_the_last_plain_word_is_a_prefix() -> None:
    """“nor lof” needs the whole word nor; a phrase at the end is exact."""
    assert parse_words("nor lof").wanted == '"nor" AND "lof"*'
    assert parse_words('lof "nor"').wanted == '"lof" AND "nor"'
    assert parse_words('a -"b c" -d').unwanted == '"b c" OR "d"'


def test_the_words_of_a_very_large_change_are_taken_in_afterwards(catalog: SmallCatalog, monkeypatch) -> None:
    """Nobody waits minutes for a keyword on a whole library; a photo that is deleted meanwhile leaves no words."""
    monkeypatch.setattr("photoarchive.catalog.fulltext.AT_ONCE", 3)

    def rename(tx: Transaction) -> None:
        tx.execute("UPDATE details SET caption = 'Northern lights'")
        tx.changes.touch("text", list(PHOTOS))

    catalog.db.write(rename)
    text = FullText(catalog.db, catalog.columns)
    assert text.waiting() == 4
    assert not text.mask("lights").any()
    catalog.db.write(lambda tx: tx.execute("DELETE FROM details WHERE photo_id = 2"))
    while text.take_in(2):
        pass
    assert text.waiting() == 0
    assert np.flatnonzero(text.mask("northern lights")).tolist() == [1, 3, 4]
    assert not text.mask("sunrise").any()
