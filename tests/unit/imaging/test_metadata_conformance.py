"""What photoArchive reads agrees with what exiftool reads, on 1,200 real files of all formats."""

from __future__ import annotations

from pathlib import Path

import pytest

import metadata_truth
from conftest import shared_media
from photoarchive.core.facts import InspectFailure, Inspection
from photoarchive.imaging.probe import is_candidate

pytestmark = pytest.mark.slow

AGREE = 0.98
# Rows of expected_generated.csv whose truth the file itself does not hold; docs/metadata.md says why for each.
NOT_IN_THE_FILE = {
    ("date", "IMG_0006-bearbeitet.jpg"), ("date", "no_json.jpg"), ("lat", "null_island.jpg"),
    ("lon", "null_island.jpg"),
    ("alt", "below_sea.jpg"), ("keywords", "P1010001.JPG"),
}


@pytest.fixture(scope="module")
def real_files() -> Path:
    return shared_media()


@pytest.fixture(scope="module")
def rows(real_files: Path) -> dict[str, metadata_truth.Row]:
    return metadata_truth.compare(real_files)


@pytest.mark.parametrize("field", [*metadata_truth.FIELDS, "readable"])
def test_fields_agree_with_exiftool(rows: dict[str, metadata_truth.Row], field: str):
    row = rows[field]
    assert row.wanted > 40
    assert row.share >= AGREE, row.differ


def test_made_files_say_what_was_put_into_them(real_files: Path):
    differing = {(row.name, path.rsplit("/", 1)[-1]): (wanted, ours)
                 for row in metadata_truth.compare_generated(real_files).values() for path, wanted, ours in row.differ}
    assert {key: value for key, value in differing.items() if key not in NOT_IN_THE_FILE} == {}


def test_malformed_files_are_read_or_refused_with_a_sentence(real_files: Path):
    folder = real_files / "malformed"
    paths = [str(path.relative_to(real_files)) for path in sorted(folder.rglob("*"))
             if path.is_file() and is_candidate(path.name.encode())]
    answers = metadata_truth.read(real_files, paths)
    assert len(answers) > 150
    for answer in answers:
        assert isinstance(answer, Inspection) or (isinstance(answer, InspectFailure) and answer.reason.endswith("."))
