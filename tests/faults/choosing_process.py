"""Chooses for ever in a home and says each choice that was answered; killed by the test."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rating_lab import RatingLab, vectors_of
from taste import make_taste

PHOTOS = 120


def choose_for_ever(home: Path) -> None:
    """Mostly choices, now and then an undo; the follower writes look-alikes meanwhile."""
    taste = make_taste(PHOTOS, 1)
    lab = RatingLab(home, PHOTOS, vectors_of(taste, range(PHOTOS)))
    lab.follower.settle()
    print("ready", flush=True)

    def follow() -> None:
        while True:
            lab.follower.settle()

    threading.Thread(target=follow, daemon=True).start()
    number = lab.log.totals()[0]
    while True:
        places = taste.chance.choice(PHOTOS, 6, replace=False)
        lab.choose(places + 1, int(places[taste.best(places)]) + 1, key=f"choice {number}")
        print(f"chosen {number}", flush=True)
        if number % 9 == 8:
            lab.journal.undo("w")
            print(f"undone {number}", flush=True)
        number += 1


if __name__ == "__main__":
    choose_for_ever(Path(sys.argv[1]))
