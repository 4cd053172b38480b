"""Pictures for tests of imaging, rendered as a worker would."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cache_shelf import Shelf
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.previews import Rendering, TierSpec, render

SM = TierSpec(Tier.SM, 60, 90)


@pytest.fixture
def show(tmp_path: Path):
    """Store bytes under a name and render them."""
    def show(
        data: bytes, name: str = "a.jpg", kind: Kind = Kind.IMAGE, specs: tuple[TierSpec, ...] = (SM,)
    ) -> Rendering:
        (tmp_path / name).write_bytes(data)
        return render(Original(os.fsencode(tmp_path), os.fsencode(name)), int(kind), specs)

    return show


@pytest.fixture
def shelf(tmp_path: Path):
    found = Shelf(tmp_path)
    yield found
    found.db.close()
