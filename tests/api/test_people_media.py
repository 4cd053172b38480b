"""Faces in real files: however the camera was held, in a RAW alone, and in a RAW with its JPEG. Needs real media."""

from __future__ import annotations

import csv
import shutil

import pytest
from PIL import Image, ImageOps

from conftest import shared_media, start_server

SHOT = "2021:05:12 12:21:21"        # when the RAW file was taken
TURNED = 6          # EXIF: the camera was held upright, the first row of pixels is the right side


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One face upright, stored lying on its side, and mirrored beside itself; a RAW alone, and one with a JPEG."""
    media, folder = shared_media(), tmp_path_factory.mktemp("faces")
    with (media / "faces.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["faces_in_photo"] == "1")
    with Image.open(media / row["path"]) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.save(folder / "upright.jpg", quality=92)
    exif = Image.Exif()
    exif[0x0112] = TURNED
    upright.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.jpg", quality=92, exif=exif)
    mirror = Image.new("RGB", (2 * upright.width, upright.height))
    mirror.paste(upright, (0, 0))
    mirror.paste(ImageOps.mirror(upright), (upright.width, 0))
    mirror.save(folder / "mirror.jpg", quality=92)
    raw = next((media / "raw").rglob("Canon-R6-pruned.CR3"))
    shutil.copyfile(raw, folder / "alone.cr3")
    (folder / "pair").mkdir()
    shutil.copyfile(raw, folder / "pair" / "both.cr3")
    with (folder / "pair" / "both.cr3").open("ab") as file:
        file.write(b"\0")                                   # another content than the one that is alone
    taken = Image.Exif()
    taken.get_ifd(0x8769)[0x9003] = SHOT
    upright.save(folder / "pair" / "both.jpg", quality=91, exif=taken)
    return folder


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    running = start_server(tmp_path_factory.mktemp("home"), looking=True)
    try:
        running.post("/api/work/mode", {"mode": "max"})
        running.add_folder(folder, settle=False)
        running.settle(("scan", "metadata", "previews", "faces"))
        yield running
    finally:
        running.stop()


def faces(server, name):
    """(whether the photo was looked at, its faces)."""
    photo = next(one for one in server.get("/api/rankings?limit=50")["images"] if one["filename"] == name)
    found = server.get(f"/api/image/{photo['id']}/faces")
    return found["scanned"], found["faces"]


def test_the_box_sits_on_the_face_of_a_photo_that_was_turned(server):
    """The same picture stored upright and lying: one face each, at the same place of the upright picture."""
    (_, [upright]), (_, [turned]) = faces(server, "upright.jpg"), faces(server, "turned.jpg")
    assert turned["bbox"] == pytest.approx(upright["bbox"], abs=0.03)
    assert turned["person_id"] == upright["person_id"] is not None


def test_a_face_and_its_mirror_image_are_two_until_the_user_says_otherwise(server):
    """Both sides of a mirror are found; they are never one person by themselves, and are when the user says so."""
    _, found = faces(server, "mirror.jpg")
    assert len(found) == 2 and len({face["person_id"] for face in found} - {None}) == len(
        [face for face in found if face["person_id"]])
    for face in found:
        server.post(f"/api/people/faces/{face['id']}/assign", {"name": "Ana"})
    assert {face["person_name"] for face in faces(server, "mirror.jpg")[1]} == {"Ana"}


def test_a_raw_is_looked_at_and_of_a_pair_the_one_that_is_shown(server):
    """A RAW alone is a photo as any other; a RAW with its JPEG is one photo, and its faces are those of the JPEG."""
    scanned, found = faces(server, "alone.cr3")
    assert scanned and len(found) == 1
    scanned, found = faces(server, "both.jpg")
    assert scanned and len(found) == 1
    assert server.get("/api/people/status")["counts"]["scanned_images"] == 5
