"""The job that looks at photos: what it makes, what it leaves alone, and what it does after changes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lookalikes
from bundled_models import bring_models
from drawn_pictures import film, quarters
from embedding_lab import BUDGET, EmbeddingLab, embedding_lab
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.embeddings import Tag, put_vectors
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.query import STRICTNESS
from photoarchive.catalog.searches import Searches
from photoarchive.core.errors import Unavailable
from photoarchive.core.events import Bus
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.settings import SettingsStore
from photoarchive.core.tiers import Tier
from photoarchive.features.embeddings.looks import LookVectors
from photoarchive.features.embeddings.tags import TagFilter
from photoarchive.imaging.cache_file import Wish
from photoarchive.imaging.video_strip import as_file, cached_frames, make_strip
from photoarchive.ml.embedder import Calibration, Picture, Sight, Vectors, model_key, unit_rows
from photoarchive.ml.host import lite_key, lite_look_key
from photoarchive.ml.lite_files import alike_versions
from photoarchive.ml.vectors import Batch
from photoarchive.retrieval.language import read
from photoarchive.retrieval.meaning import Meaning

pytestmark = pytest.mark.slow


@pytest.fixture
def lab(home: Path) -> Iterator[EmbeddingLab]:
    bring_models(home)
    with embedding_lab(home) as lab:
        yield lab


class Plain:
    """A big model in small: means of colours, so that results can be foreseen. fails: pictures it cannot stand."""

    name, dimension, side = "plain", 16, 64
    calibration = Calibration(0.0, 0.1, 0.8)

    def __init__(self, version: str, fails: Sequence[int] = ()) -> None:
        self.version, self.look_key, self._fails = version, f"plain:{version}", set(fails)
        self.seen = 0

    def encode_images(self, pictures: Sequence[Picture]) -> Vectors:
        return unit_rows(np.stack([np.resize(picture.mean((0, 1)), 16) for picture in pictures]))

    def encode_texts(self, texts: Sequence[str], query: bool = True) -> Vectors:
        return unit_rows(np.ones((len(texts), 16)))

    def look_at(self, pictures: Sequence[Picture]) -> Sight:
        self.seen += len(pictures)
        if any(int(picture.sum()) in self._fails for picture in pictures):
            raise RuntimeError("this one")
        return Sight(self.encode_images(pictures))

    def close(self) -> None:
        self.closed = True


def version_of(lab: EmbeddingLab, photo_id: int) -> int:
    ids, versions = lab.pictures.cache.index.holding(Tier.MD)
    return int(versions[ids.tolist().index(photo_id)])


def test_every_photo_with_a_preview_gets_vectors_and_guesses_once(lab: EmbeddingLab) -> None:
    """Both kinds of vectors of the bundled model, five guesses; nothing is left, nothing is done twice."""
    ids = lab.add_photos(6)
    assert lab.job.pending() == 6 and lab.job.total() == 6
    done, failed = lab.work()
    assert (done, failed) == (6 + 1, 0)             # and one step to note that the model has seen everything
    assert lab.store.index(lite_key()).having().tolist() == ids
    assert lab.store.index(lite_look_key()).having().tolist() == ids
    assert lab.store.complete() == [lite_key()]
    for tags in lab.store.embeddings.tags(ids).values():
        assert len(tags) == 5 and all(0 <= tag.probability <= 1 for tag in tags)
    revision = lab.store.index(lite_key()).revision
    assert lab.work() == (0, 0) and lab.store.index(lite_key()).revision == revision
    looks = LookVectors(lab.store, lab.host)
    assert looks.having().tolist() == ids
    assert np.allclose(np.linalg.norm(looks.vectors(np.array(ids)), axis=1), 1, atol=1e-3)


def test_a_changed_file_is_looked_at_again_and_only_that(lab: EmbeddingLab) -> None:
    """The vector of the earlier content stays until the new one is there; then it is replaced."""
    ids = lab.add_photos(4)
    lab.work()
    before = lab.store.index(lite_key()).vectors(np.array(ids))
    lab.pictures.file_changed(ids[2], lab.draw(2, look=900))
    assert lab.job.pending() == 0                   # its preview shows the earlier content: first that is made again
    lab.make_previews()
    assert lab.job.pending() == 1
    lab.work()
    after = lab.store.index(lite_key()).vectors(np.array(ids))
    assert [bool(np.array_equal(a, b)) for a, b in zip(before, after, strict=True)] == [True, True, False, True]


def test_a_photo_whose_new_content_cannot_be_shown_loses_its_vector(lab: EmbeddingLab) -> None:
    """Else a search would find it for what it no longer shows."""
    ids = lab.add_photos(3)
    lab.work()
    broken = lab.folder / "001.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + b"nothing" * 100)
    lab.pictures.file_changed(ids[1], broken)
    lab.make_previews()
    assert lab.job.pending() == 1
    lab.work()
    assert lab.store.index(lite_key()).having().tolist() == [ids[0], ids[2]]
    assert lab.store.index(lite_look_key()).having().tolist() == [ids[0], ids[2]]


def test_a_deleted_photo_takes_its_vectors_along(lab: EmbeddingLab) -> None:
    """Also from the indexes that are open."""
    ids = lab.add_photos(3)
    lab.work()
    index = lab.store.index(lite_key())
    query = index.vectors(np.array(ids))[0]
    assert index.top(query, 1)[0].tolist() == [ids[0]]
    lab.pictures.db.write(lambda tx: tx.execute("DELETE FROM photos WHERE id = ?", (ids[0],)) and None)
    assert ids[0] not in index.top(query, 3)[0].tolist() and index.count == 2


def test_a_new_model_answers_only_when_it_has_seen_everything(lab: EmbeddingLab) -> None:
    """Until then the bundled one does; a newer version of the model replaces the older when it is complete."""
    ids = lab.add_photos(9)
    lab.work()
    first = Plain("1")
    lab.host.register("daily", first)
    assert lab.host.daily().name == "lite" and lab.job.pending() == 9 and lab.job.total() == 18
    lab.job.step(BUDGET)
    assert lab.host.daily().name == "lite" and lab.job.pending() == 5
    lab.work()
    assert lab.host.daily() is first and lab.host.look_key() == "plain:1"
    second = Plain("2")
    lab.host.register("daily", second)
    assert first.closed and lab.host.daily().name == "lite"
    assert lab.store.index("plain:1").count == 9
    lab.work()
    assert lab.host.daily() is second and lab.store.index("plain:2").having().tolist() == ids
    assert "plain:1" not in lab.store.models()
    assert model_key(second) in lab.store.complete()


def test_a_photo_the_model_fails_on_is_set_aside_with_its_reason(lab: EmbeddingLab) -> None:
    """The others of its batch are not; it is not tried again until its content changes."""
    ids = lab.add_photos(4)
    lab.work()
    data = lab.pictures.cache.find(ids[1], Tier.MD)
    assert data is not None
    from photoarchive.imaging.crops import decode_preview

    bad = int(decode_preview(data.data, 96).sum())
    model = Plain("1", [bad])
    lab.host.register("daily", model)
    done, failed = lab.work()
    assert (done, failed) == (3 + 1, 1)
    errors, count = lab.job.errors(10, 0)
    assert count == 1 and errors[0].photo_id == ids[1] and errors[0].path.endswith("001.jpg")
    assert "failed on this photo" in errors[0].reason
    seen = model.seen
    assert lab.work() == (0, 0) and model.seen == seen
    lab.pictures.file_changed(ids[1], lab.draw(1, look=901))
    lab.make_previews()
    lab.work()
    assert lab.job.errors(10, 0)[1] == 0 and lab.store.index("plain:1").count == 4


def test_a_missing_model_is_said_and_nothing_is_set_aside(
    lab: EmbeddingLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job waits with the sentence; photos are not to blame."""
    lab.add_photos(2)

    def broken(_folder: Path) -> Any:
        raise Unavailable("A part of the basic search model is missing.")

    monkeypatch.setattr("photoarchive.ml.lite.load_lite", broken)
    with pytest.raises(Unavailable, match="is missing"):
        lab.job.step(BUDGET)
    assert lab.job.pending() == 2 and lab.job.errors(10, 0)[1] == 0
    assert lab.host.state()["lite"]["error"] == "A part of the basic search model is missing."


def test_likely_guesses_are_a_filter_with_counts_and_words_of_the_text_index(
    lab: EmbeddingLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlikely ones are kept, but neither counted nor searched; a photo looked at anew counts with its new labels."""
    ids = lab.add_photos(3)
    db = lab.pictures.db
    columns = Columns(db, lab.pictures.config.run_dir)
    text, tags = FullText(db, columns), TagFilter(lab.store)

    def look(photo_ids: list[int], *guesses: Tag) -> None:
        lab.store.add_batch(Batch(np.array(photo_ids), np.zeros(len(photo_ids), np.uint64),
                                  [(lite_key(), unit_rows(np.ones((len(photo_ids), 8))))], [guesses] * len(photo_ids)))

    look(ids[:2], Tag("castle", 0.7), Tag("lakeside", 0.21), Tag("palace", 0.05))
    look(ids[2:], Tag("castle", 0.9))
    everything = np.ones(columns.rows, bool)
    assert [(one.value, one.label, one.count) for one in tags.facet(everything)] == [
        ("castle", "castle (guess)", 3), ("lakeside", "lakeside (guess)", 2)]
    monkeypatch.setattr("photoarchive.features.embeddings.tags.SHOWN", 1)
    assert tags.listed(everything) == (tags.facet(everything)[:1], 1)
    assert tags.folded("Castle (guess)") == tags.folded("castle") and tags.folded("Guess") == "guess"
    assert np.flatnonzero(tags.mask(("lakeside, palace",), columns)).tolist() == ids[:2]
    assert np.flatnonzero(text.mask("castle lakeside")).tolist() == ids[:2]
    assert not text.mask("palace").any()
    revision = tags.revision()
    look(ids[:1], Tag("yurt", 0.8))
    assert tags.revision() > revision
    assert {one.value: one.count for one in tags.facet(everything)} == {"castle": 2, "yurt": 1, "lakeside": 1}
    assert np.flatnonzero(text.mask("yurt")).tolist() == ids[:1]


def test_vectors_written_by_others_count(lab: EmbeddingLab) -> None:
    """A vector with the present content is not made again; one of unknown content is."""
    ids = lab.add_photos(2)
    rows = unit_rows(np.ones((2, 1384)))
    versions = np.array([version_of(lab, ids[0]), 0], np.uint64)
    lab.pictures.db.write(lambda tx: put_vectors(tx, lite_key(), np.array(ids), versions, rows) and None)
    assert lab.job.pending() == 1


def test_a_film_is_the_mean_of_its_frames_as_soon_as_they_are_there(lab: EmbeddingLab) -> None:
    """Until then its poster stands for it. Both kinds of vectors; frames that leave the cache change nothing."""
    source = lab.pictures.add_source(lab.folder)
    path = lab.folder / "film.mp4"
    path.write_bytes(film([quarters(320, 240)] * 10 + [lookalikes.scene(1).resize((320, 240))] * 30))
    photo = lab.pictures.add_photo(source, path, kind=Kind.VIDEO, extension=".mp4")
    other = lab.pictures.add_photo(source, lab.draw(1))
    lab.make_previews()
    lab.work()
    poster = lab.store.index(lite_key()).vectors(np.array([photo]))
    version = version_of(lab, photo).to_bytes(8, "little")
    strip = make_strip(Original(os.fsencode(lab.folder), b"film.mp4"), 4.0)
    cache = lab.pictures.cache
    assert cache.disk.keep([as_file(photo, version, strip)], Wish.STOCK)
    assert lab.job.pending() == 1
    revision = lab.store.index(lite_key()).revision
    assert lab.work() == (1, 0)
    frames = cached_frames(cache, photo, version)
    assert len(frames) == strip.frames > 1
    seen = lab.host.lite().look_at(frames)
    assert seen.looks is not None
    for key, rows in ((lite_key(), seen.vectors), (lite_look_key(), seen.looks)):
        assert np.allclose(lab.store.index(key).vectors(np.array([photo])), unit_rows(rows.mean(0)[None]), atol=2e-3)
    assert not np.allclose(poster, unit_rows(seen.vectors.mean(0)[None]), atol=2e-3)
    assert lab.store.embeddings.changes(lite_key(), revision)[0].tolist() == [photo], f"{other} was left alone"
    tags = lab.store.embeddings.tags([photo])[photo]
    assert len(tags) == 5 and tags[0].probability >= tags[4].probability > 0
    cache.disk.drop([cache.previews.files(photo)[Tier.STRIP]])
    assert lab.work() == (0, 0)


def made_by_an_earlier_version(lab: EmbeddingLab) -> None:
    """What a catalog holds that was last open in a program whose bundled model is the one before."""
    before = alike_versions()[0]
    renamed = [(lite_key(before), lite_key()), (lite_look_key(before), lite_look_key())]

    def work(tx: Transaction) -> None:
        tx.executemany("UPDATE vector_models SET key = ? WHERE key = ?", renamed)
        tx.execute("UPDATE meta SET value = ? WHERE key = 'complete_models'", (json.dumps([lite_key(before)]),))

    lab.pictures.db.write(work)


def test_an_index_of_an_earlier_version_answers_until_the_new_one_is_complete(home: Path) -> None:
    """After an update words and look-alikes are found in the old vectors; then the old ones go."""
    bring_models(home)
    with embedding_lab(home) as lab:
        ids = lab.add_photos(6)
        lab.work()
        made_by_an_earlier_version(lab)
    with embedding_lab(home) as lab:
        old, old_looks = (key(alike_versions()[0]) for key in (lite_key, lite_look_key))
        assert (lab.host.daily_key(), lab.host.look_key()) == (old, old_looks)
        assert model_key(lab.host.daily()) == old and lab.host.daily().look_key == old_looks
        assert lab.job.pending() == 6 and LookVectors(lab.store, lab.host).having().tolist() == ids
        settings = SettingsStore(home / "settings.json", lab.pictures.config, Bus())
        meaning = Meaning(Searches(lab.pictures.db), settings, lab.host, lab.store)
        asked = read("a landscape", ())
        found = meaning.hits(asked, STRICTNESS)
        assert found is not None and (found.model, found.known) == (old, 6)
        lab.job.step(BUDGET)
        assert lab.host.daily_key() == old and lab.store.index(lite_key()).count == 4
        found = meaning.hits(asked, STRICTNESS)
        assert found is not None and (found.model, found.known) == (old, 6)
        lab.work()
        assert (lab.host.daily_key(), lab.host.look_key()) == (lite_key(), lite_look_key())
        assert sorted(lab.store.models()) == sorted([lite_key(), lite_look_key()])
        assert lab.store.complete() == [lite_key()]
        found = meaning.hits(asked, STRICTNESS)
        assert found is not None and (found.model, found.known) == (lite_key(), 6)


def test_photos_that_come_while_an_earlier_version_answers_are_found_first(home: Path) -> None:
    """New and changed ones go before those that are only looked at anew, and are written for both versions."""
    bring_models(home)
    with embedding_lab(home) as lab:
        ids = lab.add_photos(9)
        lab.work()
        made_by_an_earlier_version(lab)
    with embedding_lab(home) as lab:
        source = lab.pictures.sources.all()[0].id
        ids.append(lab.pictures.add_photo(source, lab.draw(9)))
        lab.pictures.file_changed(ids[5], lab.draw(5, look=905))
        lab.make_previews()
        old, old_looks = (key(alike_versions()[0]) for key in (lite_key, lite_look_key))
        before = lab.store.index(old).vectors(np.array(ids[:9]))
        assert lab.job.pending() == 10
        lab.job.step(BUDGET)
        assert lab.store.index(lite_key()).having().tolist() == [ids[5], ids[9]]
        changed = np.array([ids[5], ids[9]])
        for earlier, present in ((old, lite_key()), (old_looks, lite_look_key())):
            assert lab.store.index(earlier).having().tolist() == ids
            assert np.array_equal(lab.store.index(earlier).vectors(changed), lab.store.index(present).vectors(changed))
        after = lab.store.index(old).vectors(np.array(ids[:9]))
        assert [at for at in range(9) if not np.array_equal(before[at], after[at])] == [5]
        lab.work()
        assert lab.host.daily_key() == lite_key() and lab.store.index(lite_key()).having().tolist() == ids


def test_a_version_that_was_replaced_and_comes_back_is_not_complete(lab: EmbeddingLab) -> None:
    """Its vectors went: until they are made again it answers nothing."""
    lab.add_photos(2)
    lab.work()
    for version in ("1", "2"):
        lab.host.register("daily", Plain(version))
        lab.work()
    lab.host.register("daily", Plain("1"))
    assert lab.host.daily().name == "lite" and lab.job.pending() == 2
    lab.work()
    assert lab.host.daily_key() == "plain:1"
