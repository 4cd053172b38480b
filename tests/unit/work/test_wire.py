"""Answers of workers: what is packed on one Python's terms must be plain enough for the reader, on every Python."""

from __future__ import annotations

import pytest

from photoarchive.core.facts import Blame, Facts, InspectFailure, Kind, Origin, Taken
from photoarchive.core.tiers import Tier
from photoarchive.work.wire import read_answer, write_answer

ANSWERS = [Kind.VIDEO, [Tier.SM, Tier.MD], InspectFailure(7, "cut off", Blame.DRIVE),
           Facts(taken=Taken(1_588_748_889_000, 120, Origin.SIDECAR))]


@pytest.mark.parametrize("answer", ANSWERS)
def test_enumerations_arrive_also_where_python_packs_them_with_getattr(answer, monkeypatch):
    """Python 3.11.0 to 3.11.3, the one of Debian 12 among them, does; the reader must refuse functions all the same."""
    for kind in (Kind, Origin, Blame, Tier):
        monkeypatch.setattr(kind, "__reduce_ex__", lambda member, _protocol: (getattr, (type(member), member.name)))

    arrived = read_answer(write_answer(answer))

    assert arrived == answer
    assert type(arrived) is type(answer)
