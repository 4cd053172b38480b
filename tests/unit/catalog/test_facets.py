"""Facets, months and folders count what opening the view with that value would show."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photoarchive.catalog import facets as facets_module
from photoarchive.catalog.facets import FILTERS_OF, FacetCounter
from photoarchive.catalog.groups import FolderTree, date_groups
from photoarchive.catalog.query import Query
from photoarchive.core.errors import Invalid
from small_catalog import SmallCatalog, fill, open_catalog
from unit.catalog.test_view_against_sql import change_something, questions

PARAMETER = {"date": "date_taken", "kind": "file_type"}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCatalog]:
    """A catalog that the examples change as they go."""
    opened = open_catalog(tmp_path_factory.mktemp("home"))
    fill(opened, 150, seed=3)
    yield opened
    opened.close()


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(question=questions(), change=st.one_of(st.none(), st.integers(0, 10**6)))
def test_each_facet_value_counts_the_view_it_would_open(
    catalog: SmallCatalog, question: tuple[dict[str, str], str, str], change: int | None
) -> None:
    """The counts follow the other filters: replace the facet's own filter by the value and count."""
    if change is not None:
        catalog.db.write(lambda tx: change_something(tx, random.Random(change)))
    query = Query.from_params(question[0])
    found = FacetCounter(catalog.views).count(query)
    assert found.count == catalog.views.glance(query).count
    assert found.total == catalog.views.glance(Query()).count
    for facet, values in found.facets.items():
        others = query
        for name in FILTERS_OF[facet]:
            others = others.without(name)
        parameter = PARAMETER.get(facet, facet)
        for value in values:
            one = Query.from_params([*others.to_params(), (parameter, value.value)])
            assert value.count == catalog.views.glance(one).count, (facet, value)


def test_totals_less_what_is_hidden_equal_a_direct_count(catalog: SmallCatalog) -> None:
    """Counting the hidden minority gives the same as counting the majority."""
    query = Query.from_params({"date_to": "2030-01-01"})
    counter = FacetCounter(catalog.views)
    quick = counter.count(query)
    assert any(value.count for value in quick.facets["flag"])
    whole = Query.from_params({})
    assert counter.count(whole) == FacetCounter(catalog.views).count(whole)


def test_the_filter_that_hides_most_comes_first(catalog: SmallCatalog) -> None:
    """Each suggestion's count is the view without that filter."""
    query = Query.from_params({"camera": "no such camera", "flag": "picked", "has": "gps"})
    found = FacetCounter(catalog.views).suggestions(query)
    assert {s.filter for s in found} == {"camera", "flag", "has"}
    assert found[0].filter == "camera"
    assert [s.count for s in found] == [catalog.views.glance(query.without(s.filter)).count for s in found]
    assert next(s.label for s in found if s.filter == "has") == "gps"


def test_keywords_are_limited_to_the_most_used(catalog: SmallCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library with thousands of keywords lists those with most photos, and says how many more there are."""
    whole = FacetCounter(catalog.views).count(Query())
    every = whole.facets["keyword"]
    assert whole.more == {}
    monkeypatch.setattr(facets_module, "MAX_KEYWORDS", 1)
    found = FacetCounter(catalog.views).count(Query())
    assert (found.facets["keyword"], found.more) == (every[:1], {"keyword": len(every) - 1})
    assert every[0].count == max(value.count for value in every)


@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(question=questions(), facet=st.sampled_from(("keyword", "camera", "lens", "file_type")),
       text=st.sampled_from(("", "a", "E", "o", "|", "no such value")), limit=st.integers(1, 5))
def test_values_are_found_by_part_of_their_name_with_the_counts_of_the_list(
    catalog: SmallCatalog, question: tuple[dict[str, str], str, str], facet: str, text: str, limit: int
) -> None:
    """What begins with the text goes first; the number of all that contain it is told."""
    query, counter = Query.from_params(question[0]), FacetCounter(catalog.views)
    listed = counter.count(query).facets[facet]
    fitting = [value for value in listed if text.casefold() in value.label.casefold()]
    first = [value for value in fitting if value.label.casefold().startswith(text.casefold())]
    found = counter.find(query, facet, text, limit)
    assert found.total == len(fitting)
    assert found.values == [*first, *(value for value in fitting if value not in first)][:limit]


def test_values_of_an_unknown_filter_cannot_be_found(catalog: SmallCatalog) -> None:
    """The sentence names it."""
    with pytest.raises(Invalid, match="no filter “colour”"):
        FacetCounter(catalog.views).find(Query(), "colour", "a", 5)


@settings(max_examples=30, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(question=questions())
def test_months_count_their_photos_in_the_order_of_the_view(
    catalog: SmallCatalog, question: tuple[dict[str, str], str, str]
) -> None:
    """Each month's count is the view of that month; oldest first only when sorted so; undated last."""
    query = Query.from_params(question[0])
    groups = date_groups(catalog.views, query)
    assert sum(group.count for group in groups) == catalog.views.glance(query).count
    dated = [group.date for group in groups if group.date]
    assert dated == sorted(dated, reverse=query.sort != "date_taken_asc")
    assert [group.date for group in groups][len(dated) :] in ([], [""])
    view = catalog.views.glance(query)
    taken = catalog.columns["taken"][view.ids] // 86_400_000
    months = [str(day.astype("datetime64[D]"))[:7] for day in taken[taken > -(10**9)]]
    assert {group.date: group.count for group in groups if group.date} == {m: months.count(m) for m in months}


def test_folder_counts_hold_everything_beneath_and_follow_the_filters(catalog: SmallCatalog) -> None:
    """The root of a source counts all of its photos; a folder's own filter does not limit the tree."""
    tree = FolderTree(catalog.views)
    for params in ({}, {"flag": "picked"}, {"flag": "picked", "folder": "/drive/Photos/2019"}):
        query = Query.from_params(params)
        folders, root = tree.counts(query)
        assert root == ""
        paths = [folder.path for folder in folders]
        assert paths == sorted(paths, key=lambda path: path.split("/"))
        for folder in folders:
            one = Query.from_params([*query.without("folder").to_params(), ("folder", folder.path)])
            assert folder.count == catalog.views.glance(one).count > 0, folder
    names = {folder.path: (folder.name, folder.depth) for folder in tree.counts(Query())[0]}
    assert names["/drive/Photos"] == ("drive/Photos", 0)
    assert names["/drive/Photos/2019/Lofoten"] == ("Lofoten", 2)


def test_a_folder_tree_is_opened_step_by_step(catalog: SmallCatalog) -> None:
    """Only the roots and what lies directly in the opened folders is answered, with how many folders lie in each."""
    tree = FolderTree(catalog.views)
    whole, _ = tree.counts(Query())
    for opened in ([], [""], ["/drive/Photos"], ["/drive/Photos", "/drive/Photos/2019"], ["/nowhere"]):
        found, _ = tree.counts(Query(), opened)
        wanted = [f for f in whole if f.depth == 0 or f.path.rpartition("/")[0] in opened]
        assert found == wanted
    for folder in whole:
        assert folder.folders == sum(f.depth > 0 and f.path.rpartition("/")[0] == folder.path for f in whole)
