"""A server over drawn photos whose sidecars name faces: who is in them is known without any model."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from conftest import LiveServer, start_server
from photoarchive.catalog.sidecar_facts import SidecarFacts
from photoarchive.core.facts import FaceRegion
from photoarchive.features.export.xmp import sidecar

WIDTH, HEIGHT = 320, 240
BOXES = {"Ana": (0.1, 0.2, 0.25, 0.35), "Ben": (0.6, 0.3, 0.2, 0.3)}
PHOTOS = [("Ana",)] * 6 + [("Ben",)] * 4 + [("Ana", "Ben")] * 2 + [()] * 2


@dataclass
class PeopleServer:
    """The live server with what these tests ask."""

    live: LiveServer

    def get(self, path: str):
        return self.live.get(path)

    def post(self, path: str, body):
        return self.live.post(path, body)

    def error(self, method: str, path: str, body=None):
        status, answer = self.live.call(method, path, body, {"X-Window": "test"})
        assert status >= 400 and "error" in answer, (path, status, answer)
        return status, answer

    def raw(self, path: str, headers=None):
        request = urllib.request.Request(self.live.url + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()


def write_photos(folder: Path) -> None:
    """Photos of plain colours, each with a sidecar that names its faces."""
    folder.mkdir()
    for place, people in enumerate(PHOTOS):
        image = Image.new("RGB", (WIDTH, HEIGHT), (40 + 12 * place, 90, 200 - 9 * place))
        ImageDraw.Draw(image).rectangle((20, 30 + place, 60, 90), fill=(220, 210, 10 * place))
        path = folder / f"photo{place:02}.jpg"
        image.save(path, quality=90)
        if people:
            regions = tuple(FaceRegion(name, *BOXES[name]) for name in people)
            (folder / f"{path.name}.xmp").write_bytes(
                sidecar(SidecarFacts(faces=regions, stored_width=WIDTH, stored_height=HEIGHT)))


@contextmanager
def served(folder: Path) -> Iterator[PeopleServer]:
    """A server that has scanned them and looked for faces."""
    home = folder / "home"
    home.mkdir()
    write_photos(folder / "photos")
    live = start_server(home, looking=True)
    try:
        live.add_folder(folder / "photos", settle=False)
        live.post("/api/work/mode", {"mode": "max"})
        live.settle(("scan", "metadata", "previews", "faces"))
        yield PeopleServer(live)
    finally:
        live.stop()
