"""ranking: how many choices it takes to find a simulated person's best photos, beside the usual way in the same run.

One choice is one click: the best of twelve, boards of the strategy Learn, constants as a new library has them.
p50: share of the true 50 best in the 50 best rated. rho: Spearman's correlation of all photos. coverage95: share of
the true utilities inside the 95 % intervals, over chosen and predicted photos at 100, 200 and 500 choices; both alone
are reported too, and what it is without look-alikes. Seeds are drawn fresh and printed to standard error; figures are
means over the people.
The usual way is sequential Elo: K = 12 for each pair winner–loser, the winner replaced by a random photo.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import msgspec
import numpy as np

from photoarchive.bench import Report
from photoarchive.bench._people import SURE, USUAL, WEAK, Person, make_person, rank_correlation, top_found
from photoarchive.catalog.column_layout import Array
from photoarchive.ranking.belief import Belief, Constants
from photoarchive.ranking.features import make_map, no_features
from photoarchive.ranking.pool import Pool
from photoarchive.ranking.scale import POINTS, interval
from photoarchive.ranking.selection import Wish, choose_board
from photoarchive.rating.boards import best_of

BOARD = 12
MARKS = (100, 200, 500, 1000)
COVERED_AT = (100, 200, 500)
ELO_K = 12.0


class Trial(msgspec.Struct, frozen=True):
    """One person. look_alikes: False when there are no vectors."""

    photos: int
    choices: int
    seed: int
    shares: tuple[float, float, float, float] = USUAL
    look_alikes: bool = True


class Marks(msgspec.Struct):
    """p50 and rho by number of choices; share of truths inside the intervals of chosen and of predicted photos."""

    p50: dict[int, float]
    rho: dict[int, float]
    chosen: list[float]
    predicted: list[float]


def run(report: Report) -> None:
    """Report the metrics named in the module's text."""
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")     # of the children: one core a person
    seeds = [secrets.randbelow(2**31) for _ in range(15)]
    print(f"ranking: seeds {' '.join(map(str, seeds))}", file=sys.stderr)
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        large = pool.map(learn, [Trial(5000, 1000, seed) for seed in seeds[10:]])
        usual = pool.map(learn, [Trial(1000, 1000, seed) for seed in seeds[:10]])
        weak = pool.map(learn, [Trial(1000, 500, seed, WEAK) for seed in seeds[:10]])
        none = pool.map(learn, [Trial(1000, 500, seed, look_alikes=False) for seed in seeds[:10]])
        elo = pool.map(usual_way, [Trial(1000, 1000, seed) for seed in seeds[:10]])
        _report_found(report, list(usual), list(large), list(weak), list(none))
        baseline = list(elo)
    for count in (200, 1000):
        report(f"ranking.elo_p50_1000_at_{count}", _mean(one.p50[count] for one in baseline), "")
        report(f"ranking.elo_rho_1000_at_{count}", _mean(one.rho[count] for one in baseline), "")


def _report_found(report: Report, usual: list[Marks], large: list[Marks], weak: list[Marks], none: list[Marks]) -> None:
    for count in (100, 200, 500, 1000):
        report(f"ranking.p50_1000_at_{count}", _mean(one.p50[count] for one in usual), "")
    for count in (200, 1000):
        report(f"ranking.rho_1000_at_{count}", _mean(one.rho[count] for one in usual), "")
    for count in (200, 500, 1000):
        report(f"ranking.p50_5000_at_{count}", _mean(one.p50[count] for one in large), "")
    report("ranking.weak_p50_at_500", _mean(one.p50[500] for one in weak), "")
    report("ranking.none_p50_at_500", _mean(one.p50[500] for one in none), "")
    chosen, predicted = [v for one in usual for v in one.chosen], [v for one in usual for v in one.predicted]
    report("ranking.coverage95", _mean(chosen + predicted), "")
    report("ranking.coverage95_chosen", _mean(chosen), "")
    report("ranking.coverage95_predicted", _mean(predicted), "")
    report("ranking.coverage95_none", _mean(v for one in none for v in one.chosen + one.predicted), "")


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def learn(trial: Trial) -> Marks:
    """One person chooses from boards of the strategy Learn."""
    person, chance = make_person(trial.photos, trial.seed, trial.shares), np.random.default_rng(trial.seed + 1)
    constants, ids = Constants(), np.arange(trial.photos)
    feature_map = make_map(person.vectors, constants.kernel, 0) if trial.look_alikes else no_features(constants.kernel)
    features = np.zeros((trial.photos, feature_map.size), np.float32)
    if trial.look_alikes:
        features[:] = feature_map.of(person.vectors)
    belief = Belief.start(constants, feature_map.size)
    pool, nobody, marks = Pool(ids, features, belief), np.zeros(trial.photos, np.int64), Marks({}, {}, [], [])
    for made in range(trial.choices):
        board = choose_board(pool, Wish("learn", BOARD, best_of(trial.photos), made, nobody), chance)
        belief, step = belief.learn(ids[board], features[board], (person.best(board),))
        pool.follow(belief, step, ids[board])
        if made + 1 in MARKS:
            _note(marks, made + 1, pool, person)
    return marks


def _note(marks: Marks, count: int, pool: Pool, person: Person) -> None:
    marks.p50[count] = top_found(pool.mean, person.taste)
    marks.rho[count] = rank_correlation(pool.mean, person.taste)
    if count in COVERED_AT:
        beta = pool.belief.constants.beta
        inside = np.abs(beta * pool.mean - SURE * person.taste) <= interval(pool.variance, beta) / POINTS
        chosen = pool.belief.choices_of(pool.ids) > 0
        marks.chosen.append(float(inside[chosen].mean()))
        if np.count_nonzero(~chosen) >= 20:
            marks.predicted.append(float(inside[~chosen].mean()))


def usual_way(trial: Trial) -> Marks:
    """The same person with sequential Elo on a board of which only the winner is replaced."""
    person, chance = make_person(trial.photos, trial.seed, trial.shares), np.random.default_rng(trial.seed + 1)
    elo: Array = np.full(trial.photos, 1200.0)
    board, marks = chance.choice(trial.photos, BOARD, replace=False), Marks({}, {}, [], [])
    for made in range(trial.choices):
        place = person.best(board)
        winner = board[place]
        for loser in np.delete(board, place):
            gain = ELO_K / (1 + 10 ** ((elo[winner] - elo[loser]) / 400))
            elo[winner] += gain
            elo[loser] -= gain
        board[place] = chance.choice(np.setdiff1d(np.arange(trial.photos), board))
        if made + 1 in MARKS:
            marks.p50[made + 1] = top_found(elo, person.taste)
            marks.rho[made + 1] = rank_correlation(elo, person.taste)
    return marks
