"""Parsing of filters and sorts: what is understood, written back, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from photoarchive.catalog.query import COMPARED, FLAGS, HAS, IS, ORIENTATIONS, SORT_KEYS, Query
from photoarchive.core.errors import Invalid

words = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=20)
names = st.lists(words.map(str.strip).filter(bool), max_size=2, unique=True)
filters = st.fixed_dictionaries(
    {},
    optional={
        "q": words,
        "flag": st.lists(st.sampled_from(FLAGS), unique=True),
        "stars": st.sampled_from(["none", ">=3", "=0", "5"]),
        "min_stars": st.integers(0, 5),
        "label": st.lists(st.integers(0, 7), unique=True),
        "camera": names,
        "lens": names,
        "folder": names,
        "keyword": names,
        "orientation": st.sampled_from(ORIENTATIONS),
        "compared": st.sampled_from(COMPARED),
        "source": st.lists(st.integers(1, 99), unique=True),
        "date_taken": st.sampled_from(["2019", "2019-02", "undated,2020-02-29"]),
        "date_from": st.just("2019-01-31"),
        "date_to": st.just("2020-12-01"),
        "file_type": st.sampled_from([".JPG", "raw,mov"]),
        "has": st.sampled_from([*HAS, "-gps"]),
        "is": st.sampled_from(IS),
        "rating": st.sampled_from(["top10%", "top2.5%", "top100"]),
        "sort": st.sampled_from([*SORT_KEYS, "newest", "least_compared", "size_asc", "name_desc"]),
        "seed": st.integers(0, 2**53),
    },
)


@given(filters)
def test_a_query_written_as_parameters_and_read_again_is_the_same(params: dict[str, object]) -> None:
    """Through a JSON body, pairs, and a real query string."""
    query = Query.from_params(params)
    pairs = query.to_params()
    assert Query.from_params(pairs) == query
    assert Query.from_params(QueryParams(pairs)) == query
    assert hash(query) == hash(Query.from_params(dict(params)))


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"flag": "liked"}, "flag cannot be “liked”"),
        ({"flavour": "x"}, "no filter called “flavour”"),
        ({"stars": "6"}, "stars cannot be “6”"),
        ({"min_stars": "many"}, "min_stars must be a whole number from 0 to 5"),
        ({"date_taken": "2019-13"}, "date_taken cannot be"),
        ({"date_taken": "2019-02-30"}, "date_taken cannot be"),
        ({"date_from": "2019"}, "date_from must be a day"),
        ({"date_from": "2020-01-02", "date_to": "2020-01-01"}, "not be later"),
        ({"rating": "top0%"}, "rating cannot be"),
        ({"rating": "best"}, "rating cannot be"),
        ({"sort": "beauty"}, "sort cannot be"),
        ({"has": "money"}, "has cannot be"),
        ({"is": "-offline"}, "is cannot be"),
        ({"source": "a"}, "source must be"),
        ({"file_type": "j/g"}, "file_type cannot be"),
        ({"q": ["a", "b"]}, "q may be given only once"),
        ({"seed": "-1"}, "seed must be"),
        ({"flag": {"a": 1}}, "flag must be a text"),
        ({"q": "x" * 30_000}, "at most 20000"),
        ({"flag": True}, "flag must be a text"),
        ({"label": "9"}, "label must be a whole number from 0 to 7"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(params: dict[str, object], sentence: str) -> None:
    """Nothing is ignored or clamped in silence; the error names the field."""
    with pytest.raises(Invalid, match=sentence) as caught:
        Query.from_params(params)
    assert caught.value.details["field"] in params


def test_sorts_of_the_reference_have_their_direction() -> None:
    """Names without a direction run as the reference's do."""
    expected = {
        "elo": "elo_desc",
        "elo_asc": "elo_asc",
        "least_compared": "comparisons_asc",
        "newest": "added_desc",
        "oldest": "added_asc",
        "date_taken": "date_taken_desc",
        "camera": "camera_asc",
        "camera_desc": "camera_desc",
        "filename": "filename_asc",
        "resolution_asc": "resolution_asc",
        "rating": "elo_desc",
        "random": "random_asc",
    }
    assert {name: Query.from_params({"sort": name}).sort for name in expected} == expected


def test_empty_values_and_all_restrict_nothing() -> None:
    """Forms send empty fields; “all” is no filter."""
    assert Query.from_params({"flag": "", "camera": " ", "orientation": "all", "q": None}) == Query()


def test_active_names_the_filters_and_without_takes_one_away() -> None:
    """Sort and seed are no filters."""
    query = Query.from_params({"flag": "picked", "is": "offline", "sort": "random", "seed": "3", "q": "sea"})
    assert query.active() == ("q", "flag", "is")
    assert query.without("is").active() == ("q", "flag")
