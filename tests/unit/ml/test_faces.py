"""The bundled model on real photographs: it sees faces and nobody else, however the camera was held."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bundled_models import models_folder
from photoarchive.core.errors import Unavailable
from photoarchive.ml.face_files import bundled_files, installed_files
from photoarchive.ml.faces import OnnxFaces


@pytest.fixture(scope="module")
def model():
    return OnnxFaces(bundled_files(models_folder()))


def pixels(path):
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    image.thumbnail((1200, 1200))
    return np.asarray(image)


def test_a_picture_without_faces_has_none(model):
    """Plain colour, a gradient, noise, one pixel."""
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    ramp = np.repeat(np.linspace(0, 255, 640, dtype=np.uint8)[None, :, None], 480, axis=0).repeat(3, axis=2)
    for picture in (np.full((480, 640, 3), 90, np.uint8), ramp, noise, np.zeros((1, 1, 3), np.uint8)):
        assert model.find(picture) == []


@pytest.mark.parametrize("skin", [(240, 200, 170), (255, 220, 60), (255, 255, 255)])
def test_a_drawn_face_founds_nobody(model, skin):
    """A cartoon with eyes, brows, nose, mouth and hair is nobody, or at most no clear face."""
    image = Image.new("RGB", (640, 640), (235, 235, 220))
    pen = ImageDraw.Draw(image)
    pen.ellipse((170, 110, 470, 520), fill=skin, outline=(60, 40, 30), width=4)
    for eye in (250, 390):
        pen.ellipse((eye - 36, 250, eye + 36, 290), fill="white", outline="black", width=3)
        pen.ellipse((eye - 13, 257, eye + 13, 283), fill="black")
        pen.arc((eye - 44, 215, eye + 44, 260), 200, 340, fill=(60, 40, 30), width=9)
    pen.line((320, 280, 305, 370, 335, 372), fill=(120, 70, 60), width=5)
    pen.arc((260, 370, 380, 450), 20, 160, fill=(170, 40, 50), width=9)
    pen.chord((150, 70, 490, 290), 180, 360, fill=(70, 45, 30))
    assert not any(face.good for face in model.find(np.asarray(image)))


def test_faces_of_one_person_are_near_and_of_two_are_far(model, media):
    """Eight labelled photos: one sure face each; same people above the link, others below the question."""
    with (media / "faces.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["faces_in_photo"] == "1"]
    names = [name for name in dict.fromkeys(row["identity"] for row in rows)
             if sum(row["identity"] == name for row in rows) >= 2][:4]
    chosen = [row for name in names for row in [row for row in rows if row["identity"] == name][:2]]
    faces = []
    for row in chosen:
        found = model.find(pixels(media / row["path"]))
        assert found and found[0].score > 0.9
        faces.append(max(found, key=lambda one: one.box[2] * one.box[3]))
    for i, one in enumerate(faces):
        for j, other in enumerate(faces[:i]):
            same = chosen[i]["identity"] == chosen[j]["identity"]
            assert (float(one.vector @ other.vector) > model.thresholds.link) == same


def test_a_drawn_box_finds_its_face_and_a_mirrored_one_too(model, media):
    """The face in a rough box is described like the one that was found; a mirror image is the same person."""
    with (media / "faces.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["faces_in_photo"] == "1")
    picture = pixels(media / row["path"])
    face = model.find(picture)[0]
    x, y, w, h = face.box
    drawn = model.describe(picture, (max(0.0, x - 0.03), max(0.0, y - 0.03), w + 0.05, h + 0.05))
    assert drawn is not None and float(drawn.vector @ face.vector) > 0.8
    assert model.describe(picture, (0.0, 0.0, 0.02, 0.02)) is None
    mirrored = model.find(np.ascontiguousarray(picture[:, ::-1]))[0]
    assert float(mirrored.vector @ face.vector) > model.thresholds.link


def test_another_model_comes_from_a_folder_with_a_manifest(tmp_path):
    """The folder says how its network wants faces; what does not fit is refused with a sentence."""
    bundled = bundled_files(models_folder())
    with pytest.raises(Unavailable, match=r"manifest\.json"):
        installed_files(models_folder(), tmp_path, "mine")
    shutil.copy(bundled.descriptor, tmp_path / "mine.onnx")
    manifest = {"name": "Mine", "descriptor": {"file": "mine.onnx"}, "thresholds": {"link": 0.5, "suggest": 0.4}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    files = installed_files(models_folder(), tmp_path, "mine")
    assert files.key.startswith("Mine:") and files.key != bundled.key
    assert OnnxFaces(files).dimension == 128
    for broken in ({"file": "../mine.onnx"}, {"file": "mine.py"}, {"file": "gone.onnx"}):
        (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"descriptor": broken}))
        with pytest.raises(Unavailable, match="no usable file"):
            installed_files(models_folder(), tmp_path, "mine")
