"""A search text is read the same way every time, and every text is one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoarchive.retrieval.language import Sentence, read
from photoarchive.retrieval.parts import NAMES


def summary(sentence: Sentence) -> str:
    """One line: words, -unwanted, "exact", -"without", name=value, !name=value, ?unknown."""
    parts = [*sentence.words, *(f"-{word}" for word in sentence.unwanted)]
    parts += [f'"{phrase}"' for phrase in sentence.exact] + [f'-"{phrase}"' for phrase in sentence.without_exact]
    parts += [f"{'!' * part.negative}{part.name}={part.value}" for part in sentence.typed]
    return " ".join(parts + [f"?{name}" for name in sentence.unknown])


CASES = [
    ("", ""),
    ("   ", ""),
    ("sunset", "sunset"),
    ("Sunset  at\tthe   sea", "Sunset at the sea"),
    ("beach -people", "beach -people"),
    ("-people", "-people"),
    ("--people", "-people"),
    ("- people", "people"),
    ("-", ""),
    ("???", ""),
    ('"fish market"', '"fish market"'),
    ('"fish   market" boats', 'boats "fish market"'),
    ('-"fish market"', '-"fish market"'),
    ('"open end', '"open end"'),
    ('""', ""),
    ('"—"', ""),
    ("camera:canon", "camera=canon"),
    ("Camera:Canon", "camera=Canon"),
    ('camera:"EOS R5"', "camera=EOS R5"),
    ('camera:"EOS R5', "camera=EOS R5"),
    ("camera:", "camera="),
    ("-camera:canon", "!camera=canon"),
    ("camera: canon", "canon camera="),
    ('lens:"85mm f/1.8" portrait', "portrait lens=85mm f/1.8"),
    ("folder:2019/Lofoten", "folder=2019/Lofoten"),
    ("year:2015", "year=2015"),
    ("year:2015..2019 dog", "dog year=2015..2019"),
    ("date:2019-07-14", "date=2019-07-14"),
    ("date:undated", "date=undated"),
    ("type:raw", "type=raw"),
    ("type:raw,jpg", "type=raw,jpg"),
    ("flag:picked", "flag=picked"),
    ("stars:>=4", "stars=>=4"),
    ("stars:none", "stars=none"),
    ("rating:top10%", "rating=top10%"),
    ("iso:100..400", "iso=100..400"),
    ("place:norway", "place=norway"),
    ('place:"New York" cab', "cab place=New York"),
    ("person:anna person:ben", "person=anna person=ben"),
    ("people:anna", "people=anna"),
    ("near:photo:123", "near=photo:123"),
    ("near:123 dog", "dog near=123"),
    ("has:gps -has:faces", "has=gps !has=faces"),
    ("is:offline", "is=offline"),
    ("keyword:birds tag:birds", "keyword=birds tag=birds"),
    ("colour:red", "colour:red ?colour"),
    ("-colour:red", "-colour:red ?colour"),
    ("http://example.org/a", "http://example.org/a"),
    ("C:\\photos", "C:\\photos"),
    ("12:30", "12:30"),
    ("Note: this", "Note: this"),
    ("a:b", "a:b"),
    ("don't", "don't"),
    ('5" lens', "5 lens"),
    ("x-t3", "x-t3"),
    ("f/1.8", "f/1.8"),
    ("🐶", "🐶"),
    ("🐶 -🐱", "🐶 -🐱"),
    ("שקיעה ים", "שקיעה ים"),
    ("غروب الشمس", "غروب الشمس"),
    ("日没 海", "日没 海"),
    ("DROP TABLE photos; --", "DROP TABLE photos;"),
    ("' OR 1=1 --", "OR 1=1"),
    ("NEAR(a b)", "NEAR(a b)"),
    ("title: AND * ^ {x}", "title: AND {x}"),
    ("a AND b OR NOT c", "a AND b OR NOT c"),
    ("photo*", "photo*"),
    ("ÅRE åre", "ÅRE åre"),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_a_text_is_read(text: str, wanted: str) -> None:
    """Words, unwanted words, phrases and typed parts, each where they belong."""
    assert summary(read(text, NAMES)) == wanted


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_every_text_is_a_search(text: str) -> None:
    """Nothing raises, nothing gets lost in the words' order, and reading the key's words again gives the same key."""
    sentence = read(text, NAMES)
    assert all(word == word.strip() and '"' not in word for word in (*sentence.words, *sentence.unwanted))
    assert read(f"  {text.upper() if text.isascii() else text}  ", NAMES).key.casefold() == sentence.key.casefold()
    for part in sentence.typed:
        assert text[part.at : part.end].lower().lstrip("-").startswith(f"{part.name}:")


def test_equal_searches_share_a_key() -> None:
    """Spelling, white space, typed parts and the order of unwanted words make no other search of the same words."""
    keys = {read(text, NAMES).key for text in (
        "Red CAR -people -rain", "red   car -rain -people", "red car camera:canon -people -rain",
        "red car -RAIN -people", 'red car -rain "exact" -people year:2019',
    )}
    assert keys == {"red car -people -rain"}
    assert read("-people", NAMES).key == ""
    assert read("camera:canon", NAMES).key == ""


def test_pictographs_are_spoken() -> None:
    """An embedder that knows no pictographs is given their names."""
    assert read("🐶 beach", NAMES).meaning == "dog face beach"


def test_fillers_do_not_narrow_the_text() -> None:
    """“a dog on the beach” asks the text for dog and beach; a search of fillers alone still asks for them."""
    assert read("a dog on the beach", NAMES).text == "dog beach"
    assert read("the", NAMES).text == "the"
    assert read('"old town" -rain at night', NAMES).text == '"old town" -rain night'
