"""When films were taken: instants on the clock of their place, offsets they tell, clocks that were never set."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import av
import pytest

from drawn_pictures import quarters
from photoarchive.core.paths import Original
from photoarchive.imaging.originals import open_original
from photoarchive.imaging.video_facts import read_video

EPOCH = dt.datetime(1970, 1, 1)


def taken(path: Path, **said: str) -> tuple[str, int | None] | None:
    """(local time, offset) of a film that says this of itself."""
    options = {"movflags": "use_metadata_tags"} if path.suffix in (".mov", ".mp4") else {}
    with av.open(str(path), "w", options=options) as output:
        output.metadata.update({name.replace("__", "."): value for name, value in said.items()})
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 240, 160, "yuv420p"
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame.from_image(quarters())))
        output.mux(stream.encode(None))
    with open_original(Original(os.fsencode(path.parent), os.fsencode(path.name))) as opened:
        moment = read_video(opened)[1]
    if moment is None:
        return None
    return (EPOCH + dt.timedelta(milliseconds=moment.local_ms)).isoformat(" "), moment.offset


@pytest.mark.parametrize(("place", "local", "offset"), [
    ("-33.8688+151.2093/", "2019-07-14 22:00:00", 600), ("+59.9139+010.7522/", "2019-07-14 14:00:00", 120),
    ("+40.7128-074.0060/", "2019-07-14 08:00:00", -240),
])
def test_an_instant_is_shown_on_the_clock_of_its_place(tmp_path, place, local, offset):
    assert taken(tmp_path / "a.mp4", creation_time="2019-07-14T12:00:00Z", location=place) == (local, offset)


def test_without_a_place_the_clock_is_utc_and_apples_own_offset_wins(tmp_path):
    assert taken(tmp_path / "a.mp4", creation_time="2019-01-14T12:00:00Z") == ("2019-01-14 12:00:00", 0)
    assert taken(tmp_path / "a.mov", creation_time="2019-01-14T12:00:00Z", location="+59.9139+010.7522/",
                 com__apple__quicktime__creationdate="2019-01-14T21:00:00+0900") == ("2019-01-14 21:00:00", 540)


def test_a_clock_that_was_never_set_says_nothing(tmp_path):
    assert taken(tmp_path / "a.mp4", creation_time="1904-01-01T00:00:00Z", location="+59.9139+010.7522/") is None
