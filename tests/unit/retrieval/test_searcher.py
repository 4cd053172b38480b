"""Searches over a small real catalog: text and meaning together, typed parts, unwanted words, hints, reasons."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from memory_vectors import MemoryModels, WordModel
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.facets import FacetCounter
from photoarchive.catalog.groups import FolderTree, date_groups
from photoarchive.catalog.query import Query
from photoarchive.catalog.searches import Searches
from photoarchive.catalog.view import ScoredSet
from photoarchive.core.config import Config
from photoarchive.core.settings import SettingsStore
from photoarchive.ml.embedder import model_key
from photoarchive.retrieval.completion import Completer
from photoarchive.retrieval.meaning import Meaning
from photoarchive.retrieval.searcher import Searcher
from small_catalog import SmallCatalog, open_catalog

SUBJECTS = ("dog", "cat", "boat", "tree", "car", "cake", "bird", "bridge", "horse", "piano")
PHOTOS = 80


@dataclass
class Lab:
    """A catalog of 80 photos; photo n shows SUBJECTS[n % 10], every fourth one a dog beside it."""

    catalog: SmallCatalog
    models: MemoryModels
    searches: Searches
    settings: SettingsStore
    searcher: Searcher

    def ids(self, text: str, sort: str = "similarity_desc", **filters: object) -> list[int]:
        """The photos of a view."""
        query = self.catalog.views.query({"q": text, "sort": sort, **filters})
        return [int(i) for i in self.catalog.views.glance(query).ids]

    def showing(self, *subjects: str) -> set[int]:
        """Photos that show one of these."""
        return {n for n in range(1, PHOTOS + 1) if SUBJECTS[n % 10] in subjects or ("dog" in subjects and n % 4 == 0)}


def insert(tx: Transaction) -> None:
    """Photos with folders, cameras, captions, sensitivities, years and flags that follow from their number."""
    tx.execute("INSERT INTO sources (id, path, display_name, online, added_at) VALUES (1, ?, 'Photos', 1, 0)",
               (b"/drive/Photos",))
    tx.execute("INSERT INTO folders VALUES (1, 1, ?), (2, 1, ?)", (b"2018/Lofoten", b"2019/Garden"))
    tx.execute("INSERT INTO cameras VALUES (1, 'Canon', 'Canon EOS R5'), (2, 'FUJIFILM', 'X-T3')")
    tx.execute("INSERT INTO formats VALUES (1, '.jpg')")
    tx.execute("INSERT INTO keywords VALUES (1, 'Holiday')")
    for n in range(1, PHOTOS + 1):
        tx.execute(
            "INSERT INTO photos (id, kind, created_at, file_id, source_id, folder_id, format_id, file_size, ready, "
            "width, height, taken_local, camera_id, iso, state) VALUES (?, 0, ?, ?, 1, ?, 1, 9, 1, 6, 4, ?, ?, ?, ?)",
            (n, n, n, 1 + n % 2, 31_557_600_000 * 48 + n % 2 * 31_557_600_000, 1 + n % 2, 100 * (n % 5), int(n == 80)))
        tx.execute("INSERT INTO files (id, photo_id, folder_id, name, size, mtime_ns, first_seen) "
                   "VALUES (?, ?, ?, ?, 1, 1, 1)", (n, n, 1 + n % 2, f"IMG_{n:04}.jpg".encode()))
        if n % 7 == 0:
            tx.execute("INSERT INTO details (photo_id, caption) VALUES (?, ?)", (n, "A lighthouse at night"))
            tx.execute("INSERT INTO photo_keywords VALUES (?, 1, 0)", (n,))
        tx.execute("INSERT INTO marks (photo_id, flag, stars) VALUES (?, ?, ?)", (n, n % 3, n % 6))
    for group in ("photos", "marks", "keywords", "text"):
        tx.changes.touch_all(group)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """The catalog with a vector of every photo."""
    catalog = open_catalog(tmp_path)
    catalog.db.write(insert)
    config = Config(home=tmp_path)
    settings = SettingsStore(config.settings_path, config, catalog.bus)
    models, searches = MemoryModels(WordModel(SUBJECTS)), Searches(catalog.db)
    searcher = Searcher(catalog.views, catalog.text, Meaning(searches, settings, models, models))
    for n in range(1, PHOTOS + 1):
        models.photos.put(n, models.daily().showing(SUBJECTS[n % 10], *["dog"] * (n % 4 == 0), noise=n))
    yield Lab(catalog, models, searches, settings, searcher)
    catalog.close()


def test_words_find_by_meaning(lab: Lab) -> None:
    """Every photo with a boat and no other, the best first; 80 is missing from its drive and in no view."""
    found = lab.ids("a boat")
    assert set(found) == lab.showing("boat")
    assert lab.searcher.find(Query(q="a boat")).mode == "semantic"
    assert set(lab.ids("boat", sort="filename")) == lab.showing("boat")
    assert lab.ids("boat", sort="filename") == sorted(lab.showing("boat"))


def test_text_and_meaning_are_fused(lab: Lab) -> None:
    """Photos with the word in their caption are found beside those that show it, and say so."""
    lab.catalog.db.write(lambda tx: (tx.execute("INSERT INTO details (photo_id, caption) VALUES (1, 'the old boat')"),
                                     tx.changes.touch("text", [1])))
    found = lab.ids("boat")
    assert set(found) == lab.showing("boat") | {1}
    assert lab.searcher.find(Query(q="boat")).mode == "fused"
    why = lab.searcher.why(Query(q="boat"), np.array([1, 2]))
    assert why[1].fields == {"caption": ["boat"]}
    assert why[1].meaning is None
    assert why[2].fields == {}
    assert why[2].meaning is not None
    assert 0 < (why[2].strength or 0) <= 1


def test_unwanted_words_push_away(lab: Lab) -> None:
    """Without “dog” the boats with a dog beside them are at the end or gone; alone it leaves everything else."""
    both = lab.showing("boat") & lab.showing("dog")
    found = lab.ids("boat -dog")
    assert not set(found[: len(lab.showing("boat") - both)]) & both
    assert set(lab.ids("-dog", sort="added_asc")) == set(range(1, PHOTOS)) - lab.showing("dog")


@pytest.mark.parametrize(("text", "passes"), [
    ("camera:canon", lambda n: n % 2 == 0), ("-camera:canon", lambda n: n % 2 == 1),
    ('camera:"eos r5"', lambda n: n % 2 == 0), ("camera:canon camera:x-t3", lambda n: True),
    ("folder:lofoten", lambda n: n % 2 == 0), ("folder:2019", lambda n: n % 2 == 1),
    ("year:2018", lambda n: n % 2 == 0), ("year:2019..", lambda n: n % 2 == 1),
    ("date:2018-01..2018-12", lambda n: n % 2 == 0), ("flag:picked", lambda n: n % 3 == 1),
    ("stars:>=4", lambda n: n % 6 >= 4), ("stars:2..3", lambda n: n % 6 in (2, 3)),
    ("iso:>=300", lambda n: n % 5 >= 3), ("iso:100..200", lambda n: n % 5 in (1, 2)),
    ("keyword:holiday", lambda n: n % 7 == 0), ("has:keywords", lambda n: n % 7 == 0),
    ("-has:keywords", lambda n: n % 7 != 0), ('"lighthouse at"', lambda n: n % 7 == 0),
    ("type:jpg", lambda n: True), ("type:video", lambda n: False),
    ("camera:canon flag:picked -keyword:holiday", lambda n: n % 2 == 0 and n % 3 == 1 and n % 7 != 0),
])
def test_typed_parts_filter(lab: Lab, text: str, passes: object) -> None:
    """Alone, and together with words."""
    wanted = {n for n in range(1, PHOTOS) if passes(n)}     # type: ignore[operator]
    assert set(lab.ids(text)) == wanted
    assert set(lab.ids(f"{text} boat")) == wanted & lab.showing("boat")
    assert lab.searcher.find(Query(q=text)).hints == ()


@pytest.mark.parametrize(("text", "hint"), [
    ("colour:red", "There is no “colour:”"), ("stars:9", "stars: cannot be “9”"), ("camera:", "camera: needs a value"),
    ("camera:leica", "No camera here is called “leica”"), ("year:20x", "year: cannot be “20x”"),
    ("date:2019-02-31", "date: cannot be"), ("iso:fast", "iso: cannot be"), ("has:wings", "has: cannot be “wings”"),
    ("person:anna", "person: does not work"), ("place:oslo", "place: does not work"),
    ("has:faces", "has:faces does not"), ("is:duplicate", "is:duplicate does not"),
    ("near:photo:7", "near: needs look-alikes"), ("near:x", "near: needs the number"),
    ("flag:maybe", "flag: cannot be “maybe”. It is one of unflagged, picked, rejected"),
    ("rating:best", "rating: cannot be"),
    ("year:..", "A range of dates"), ("date:2019-07..x", "date: cannot be “x”. It is YYYY"),
    ("year:x..2019", "year: cannot be “x”. It is a year such as 2019"), ("date:2019,20", "date: cannot be “20”"),
    ("rating:top10%", "No photo is ranked yet"), ("-rating:top10%", "No photo is ranked yet"),
    ("year:2019..2015", "ends before it begins"), ("???", "Type a word"),
])
def test_what_makes_no_sense_is_said(lab: Lab, text: str, hint: str) -> None:
    """Never an error, never in silence."""
    assert any(hint in sentence for sentence in lab.searcher.find(Query(q=text)).hints)
    lab.ids(text)


def test_missing_photos_are_shown_when_asked_for(lab: Lab) -> None:
    """`is:missing` is the only way to see them."""
    assert lab.ids("is:missing") == [80]
    assert lab.ids("is:missing dog") == [80]


def test_without_an_index_the_text_answers_and_says_so(lab: Lab) -> None:
    """No model, no vectors: text only; photos with some of the words where none has all."""
    lab.models.model = None
    found = lab.searcher.find(Query(q="lighthouse"))
    assert (found.mode, found.model) == ("metadata", "")
    assert "text only" in found.hints[0]
    assert set(lab.ids("lighthouse")) == {n for n in range(1, PHOTOS) if n % 7 == 0}
    assert set(lab.ids("lighthouse garden whale")) == {n for n in range(1, PHOTOS) if n % 7 == 0 or n % 2 == 1}
    assert any("some of them" in hint for hint in lab.searcher.find(Query(q="lighthouse garden whale")).hints)
    lab.models.model, lab.models.indexes = WordModel(SUBJECTS, "2"), {}
    assert "looked at" in lab.searcher.find(Query(q="boat")).hints[0]


def test_new_vectors_are_found_at_once_without_scoring_everything(lab: Lab) -> None:
    """A second search is answered from what was kept; a photo that came since is in it, one that went is not."""
    asked = lab.models.daily().asked = []
    assert not lab.searcher.find(Query(q="boat")).cached
    index, scans = lab.models.photos, lab.models.photos.whole_scans
    index.put(3, WordModel(SUBJECTS).showing("boat"))
    index.remove(2)
    assert lab.searcher.find(Query(q="boat")).cached
    assert set(lab.ids("boat")) == lab.showing("boat") - {2} | {3}
    assert index.whole_scans == scans
    assert asked == ["boat"]


def test_strictness_and_the_fixed_threshold_move_the_cut_off(lab: Lab) -> None:
    """Looser shows more, stricter less; with calibration switched off the threshold decides."""
    counts = [len(lab.ids("boat", strictness=step)) for step in (-3, 0, 3)]
    assert counts[0] >= counts[1] >= counts[2]
    lab.settings.update({"search_calibrated": False, "search_similarity_threshold": 0.8})
    assert set(lab.ids("boat")) == lab.showing("boat") - lab.showing("dog")
    lab.settings.update({"search_similarity_threshold": 0.4})
    assert set(lab.ids("boat")) == lab.showing("boat")


def test_other_filters_and_facets_follow_a_search(lab: Lab) -> None:
    """A search is one more filter: counts of the others follow it. How loose it is counts as no filter."""
    facets = FacetCounter(lab.catalog.views).count(Query(q="boat", flag=("picked",))).facets
    flags = {value.value: value.count for value in facets["flag"]}
    assert flags["picked"] == len([n for n in lab.showing("boat") if n % 3 == 1])
    assert sum(flags.values()) == len(lab.showing("boat"))
    assert Query(q="boat", strictness=2).active() == ("q",)


def test_the_deep_model_takes_over_where_it_has_looked(lab: Lab) -> None:
    """Its results replace the fast ones for the term; photos it has not seen yet stay found by the daily model."""
    deep = WordModel(SUBJECTS, "deep")
    index = lab.models.index(model_key(deep))
    assert lab.searcher.deepen("boat", deep) == 0
    for n in range(1, 41):
        index.put(n, deep.showing("cat" if SUBJECTS[n % 10] == "boat" else "boat" if n == 5 else "tree", noise=n))
    assert lab.searcher.deepen("boat", deep) > 0
    assert lab.searcher.is_deep(" BOAT ", model_key(deep))
    assert not lab.searcher.is_deep("cat", model_key(deep))
    found = lab.searcher.find(Query(q="boat"))
    assert (found.deep, found.model) == (True, model_key(deep))
    assert set(lab.ids("boat")) == {5} | {n for n in lab.showing("boat") if n > 40}
    assert not lab.searcher.find(Query(q="cat")).deep
    key, known = model_key(deep), {"unrelated_mean": 0.0, "unrelated_sigma": 0.2, "similar": 0.8, "same_picture": 0.95}
    lab.searches.remember_model("deep", key, known)
    assert lab.searcher.find(Query(q="boat")).deep, "what an earlier version has noted is still understood"


def test_look_alikes_are_looked_for_among_what_is_left(lab: Lab) -> None:
    """Words and typed parts narrow first, so that the three likest of what they leave are found."""
    index = lab.models.photos

    def near(ids: tuple[int, ...], left: np.ndarray | None) -> ScoredSet:
        found = index.top(index.vectors(np.array(ids)).mean(axis=0), 3, left)
        return ScoredSet(*found, f"near {ids}")

    lab.searcher.register_near(near)
    plain = set(lab.ids("near:12"))                 # a boat with a dog beside it
    assert len(plain) == 3
    trees = lab.ids("near:12 tree")
    assert len(trees) == 3
    assert set(trees) <= lab.showing("tree")
    canons, others = set(lab.ids("near:12 camera:canon")), set(lab.ids("near:12 camera:x-t3"))
    assert [len(canons), len(others)] == [3, 3]
    assert {n % 2 for n in canons} == {0}
    assert {n % 2 for n in others} == {1}
    assert len(lab.ids("near:12 -dog")) == 3
    assert not set(lab.ids("near:12 -dog")) & lab.showing("dog")
    flagged = set(lab.ids("near:12 flag:picked"))
    lab.catalog.db.write(lambda tx: (tx.execute("UPDATE marks SET flag = 2 WHERE photo_id = ?", (min(flagged),)),
                                     tx.changes.touch("marks", [min(flagged)])))
    again = set(lab.ids("near:12 flag:picked"))
    assert len(again) == 3
    assert again & flagged == flagged - {min(flagged)}


def test_look_alikes_and_provided_filters_plug_in(lab: Lab) -> None:
    """near: and person: work from the moment their provider is registered."""
    def near(ids: tuple[int, ...], left: np.ndarray | None) -> ScoredSet:
        alike = [n for n in (4, 2, 9) if left is None or left[n]]
        return ScoredSet(np.array(alike), np.array([0.9, 0.8, 0.7][:len(alike)]), f"near {ids}")

    lab.searcher.register_near(near)

    class People:
        def revision(self) -> int:
            return 1

        def mask(self, values: tuple[str, ...], columns: object) -> np.ndarray:
            mask = np.zeros(PHOTOS + 1, bool)
            mask[[int(value) for value in values]] = True
            return mask

        def named(self, text: str) -> tuple[str, ...]:
            return ("2", "12") if text in "Anna Berg".lower() else ()

        def names(self, text: str, limit: int) -> list[str]:
            return ["Anna Berg"]

    lab.catalog.views.register_filter("people", People())
    assert lab.ids("near:photo:7") == [4, 2, 9]
    assert lab.ids("near:photo:7 boat") == [2]
    near, asked = Query(q="near:photo:7"), np.array([2, 4, 5])
    assert [reason.alike for reason in lab.searcher.why(near, asked).values()] == [0.8, 0.9, None]
    assert lab.searcher.similarities(near, asked) == [0.8, 0.9, None]
    assert (lab.searcher.find(near).words, lab.searcher.find(Query(q="boat near:7")).words) == (False, True)
    assert lab.ids("person:anna", sort="added_asc") == [2, 12]
    assert lab.ids("person:anna boat camera:canon", sort="added_asc") == [2, 12]
    assert "No person here" in lab.searcher.find(Query(q="person:zoe")).hints[0]
    completer = Completer(lab.catalog.views, lab.searcher.parts, lab.searches)
    assert [one.text for one in completer.complete("boat person:an", 14)] == ['person:"Anna Berg" ']


def test_completion_offers_parts_values_and_earlier_searches(lab: Lab) -> None:
    """At the cursor, in the place of what stands there."""
    complete = Completer(lab.catalog.views, lab.searcher.parts, lab.searches).complete
    lab.searches.record("boats at night")
    lab.searches.set_terms(["boat race"])
    assert [one.text for one in complete("boa", 3)] == ["boat race", "boats at night"]
    assert [one.text for one in complete("sunset ca", 9)] == ["camera:"]
    assert [one.text for one in complete("camera:ca tree", 9)] == ['camera:"Canon EOS R5" ']
    assert complete("camera:ca tree", 9)[0].end == 9
    assert complete("-flag:p", 7)[0].text == "-flag:picked "
    assert [one.text for one in complete("ho", 2)] == ["keyword:Holiday "]
    assert "year:2019 " in [one.text for one in complete("year:", 5)]
    assert {one.kind for one in complete("", 0)} == {"saved", "recent"}


@pytest.mark.parametrize("text", [
    "x" * 10_000, "boat " * 2_000, "🐶" * 3_000, '"' * 500, "-" * 500, "camera:" * 300, "AND OR NOT NEAR(", "%_%' --",
    "\u202eשלום 🐶 boat", "a" + "\u0301" * 2_000, "' UNION SELECT * FROM marks --", 'title:"x" OR *',
])
def test_hostile_texts_are_just_text(lab: Lab, text: str) -> None:
    """Long, odd, right-to-left, SQL and FTS syntax: an answer without an error."""
    assert lab.searcher.find(Query(q=text)).mode in {"semantic", "metadata", "fused"}
    lab.ids(text)
    Completer(lab.catalog.views, lab.searcher.parts, lab.searches).complete(text, len(text))


def test_a_scored_set_needs_a_key() -> None:
    """Two searches that found equally many photos must not share a view."""
    with pytest.raises(ValueError, match="needs a key"):
        ScoredSet(np.array([1]), np.array([1.0]), "")


class ChangingMeanwhile:
    """The searcher, with the catalog changing between asking it and putting the view together."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._searcher = lab, lab.searcher

    def prepare(self, query: Query) -> object:
        """Ask, then let words change: what was found is of the past at once."""
        found = self._searcher.prepare(query)
        self._lab.catalog.db.write(lambda tx: tx.changes.touch("text", [1]))
        return found

    def __getattr__(self, name: str) -> object:
        return getattr(self._searcher, name)


@pytest.mark.parametrize("text", ["dog", "dog -boat", '"lighthouse"', "-lighthouse", "dog flag:picked"])
def test_a_change_while_a_view_is_put_together_holds_nobody_up(lab: Lab, text: str) -> None:
    views, expected = lab.catalog.views, lab.ids(text)
    views.register_search(ChangingMeanwhile(lab))   # type: ignore[arg-type]
    query = views.query({"q": text, "sort": "similarity_desc"})
    calls: list[Callable[[], object]] = [
        lambda: [int(i) for i in views.glance(query).ids], lambda: date_groups(views, query),
        lambda: FolderTree(views).counts(query), lambda: FacetCounter(views).count(query),
        lambda: FacetCounter(views).suggestions(query),
    ]
    found: list[object] = []
    asking = threading.Thread(target=lambda: found.extend([call() for call in calls]), daemon=True)
    asking.start()
    asking.join(30)
    assert not asking.is_alive(), "waits for a thread that waits for the lock it holds"
    assert found[0] == expected
