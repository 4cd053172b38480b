"""Embedding that is killed in the middle."""

from __future__ import annotations

import logging
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from child_python import child_environment
from embedding_lab import embedding_lab
from photoarchive.ml.host import lite_key, lite_look_key

TESTS = Path(__file__).resolve().parents[1]
PHOTOS = 40


def test_killed_again_and_again_it_ends_complete_with_nothing_lost_or_twice(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """kill -9 at three random moments while vectors are written; then the job is run to its end."""
    caplog.set_level(logging.INFO)      # a preview that cannot be read is told there, with the reason
    command = [sys.executable, str(TESTS / "embedding_lab.py"), str(home), str(PHOTOS)]
    environment = child_environment(TESTS)
    chance, seen = random.Random(), [0]
    for _ in range(3):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"looking\n"
        try:
            process.wait(1.2 + 0.6 * chance.random())
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        process.stdout.close()
        with embedding_lab(home) as lab:
            vectors, looks = lab.store.index(lite_key()), lab.store.index(lite_look_key())
            kept = vectors.having().tolist()
            assert kept == looks.having().tolist(), "a batch was kept by halves"
            for index in (vectors, looks):
                assert (matrix := index._current()) is None or not matrix.wrong_signs(), "bits of other rows"
            assert sorted(one for one, tags in lab.store.embeddings.tags(kept).items() if tags) == kept
            assert len(kept) >= seen[-1], "what was kept is gone"
            assert lab.job.remaining(lite_key()) == PHOTOS - len(kept)
            seen.append(len(kept))
    with embedding_lab(home) as lab:
        lab.work()
        ids = lab.store.index(lite_key()).having()
        assert len(ids) == PHOTOS and lab.job.errors(10, 0)[1] == 0
        for key in (lite_key(), lite_look_key()):
            index = lab.store.index(key)
            rows = index.vectors(ids)
            index.warm()
            for at in (0, 17, PHOTOS - 1):
                found, scores = index.top(rows[at], 5)
                wanted = np.sort(rows @ rows[at])[::-1][:5]
                assert found[0] == ids[at] and np.allclose(scores, wanted, atol=1e-4)
