"""Many rows fetched as one text."""

from __future__ import annotations

import numpy as np
import pytest

from photoarchive.catalog import joined


def test_numbers_come_back_as_they_were_whatever_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the greatest ones, and none for NULL."""
    monkeypatch.setattr(joined, "PIECE", 7)
    values = np.random.default_rng(1).integers(-2**63, 2**63 - 1, 500)
    text = " ".join(map(str, [*values.tolist(), -2**63, 2**63 - 1, 0]))
    assert joined.numbers(text).tolist() == [*values.tolist(), -2**63, 2**63 - 1, 0]
    assert joined.numbers(None, np.uint32).tolist() == []
    assert joined.numbers("4000000000", np.uint32).tolist() == [4_000_000_000]
