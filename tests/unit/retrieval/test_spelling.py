"""Other spellings of a search: what is offered, what is left alone, and how long it takes in a large library."""

from __future__ import annotations

import random
import time

import pytest

from photoarchive.core.errors import Unavailable
from photoarchive.ml.lite_words import KnownWords, known_words
from photoarchive.retrieval.language import read
from photoarchive.retrieval.parts import NAMES
from photoarchive.retrieval.spelling import MOST_OFFERED, Spelling, Vocabulary

LIBRARY = ["Åse Bjørndal", "Lofoten", "Reine, Nordland, Norway", "Canon EOS R5", "2019 Lofoten", "Nature|Puffins"]


class Library:
    """Names and the words of photos, as a catalog would tell them."""

    def __init__(self, *names: str) -> None:
        self.names, self.revision, self.gathered = list(names), 1, 0

    def all_names(self) -> list[str]:
        self.gathered += 1
        return self.names

    def has(self, word: str) -> bool:
        words = " ".join(self.names).casefold().replace("|", " ").replace(",", " ").split()
        if word.startswith('"'):
            phrase = " ".join(word.casefold().strip('"').replace(",", " ").split())
            return f" {phrase} " in f" {' '.join(words)} "
        return any(one.startswith(word.casefold()) for one in words)

    def spelling(self) -> Spelling:
        return Spelling(self.all_names, lambda: self.revision, self.has, known_words)


def offers(text: str, *, meaning: bool = True, library: Library | None = None) -> list[str]:
    return (library or Library(*LIBRARY)).spelling().offers(text, read(text, NAMES), meaning=meaning)


@pytest.mark.parametrize(("typed", "meant"), [
    ("sunsett", "sunset"), ("elefant", "elephant"), ("moutain", "mountain"), ("kitcen", "kitchen"),
    ("childern", "children"), ("bicicle", "bicycle"), ("umbrela", "umbrella"), ("Lofotten", "Lofoten"),
    ("bjorndahl", "Bjørndal"), ("pufins", "Puffins"),
])
def test_the_first_offer_is_the_word_that_was_meant(typed: str, meant: str) -> None:
    assert offers(typed)[0] == meant


@pytest.mark.parametrize(("typed", "meant"), [
    ("tigre", "tiger"), ("hrose", "horse"), ("brigde", "bridge"), ("frist", "first"),           # letters swapped
    ("treain", "train"), ("kitvhen", "kitchen"), ("pizsa", "pizza"), ("tabel", "table"), ("cstle", "castle"),
    ("rbbi", "rabbi"),
])
def test_one_slip_is_nearer_than_fewer_letters(typed: str, meant: str) -> None:
    """A swapped, wrong or missing letter is one change each; “hrose” is not first of all “hose”."""
    assert offers(typed)[0] == meant


def test_four_letters_may_be_swapped_but_not_exchanged() -> None:
    """Any other letter in four would make it like very many words."""
    vocabulary = Vocabulary(["bird", "boat"], [])
    assert vocabulary.near("brid") == ["bird"]
    assert vocabulary.near("bost") == []


@pytest.mark.parametrize("word", ["gneiss", "lapwing", "crampon"])
def test_a_rare_word_is_not_taken_for_a_slip(word: str) -> None:
    assert offers(word) == []


def test_a_name_of_nothing_but_marks_is_no_word() -> None:
    """Without accents nothing is left of it."""
    assert Vocabulary(["Lofoten", "\uff9e" * 4], []).near("lofotten") == ["Lofoten"]
    assert Vocabulary(["Lofoten"], []).near("\uff9e" * 5) == []
    assert Vocabulary([], []).near("lofotten") == []


@pytest.mark.parametrize(("typed", "meant"), [
    ('"goldne retriever"', ['"golden retriever"']),
    ('a  "goldne retreiver, at" folder:goldne', ['a  "golden retriever, at" folder:goldne']),
    ('"golden retreiver', ['"golden retriever']),                   # still being typed
    ('"golden retrieve"', ['"golden retriever"']),                  # in quotes a beginning is no word
    ('"golden retriev"', ['"golden retriever"']),                   # “retrieve” is nearer, but on no photo
    ('"goldne retriever" pufins', ['"golden retriever" Puffins']),
    ('pufins "pufins lofoten"', ['Puffins "Puffins lofoten"']),     # the quoted text cannot be mended, the word can
    ('"goldne lofoten"', []),                                       # each word, but not in this order
    ('"golden lofoten"', []), ('"golden retriever"', []), ('"elefant retriever"', []), ('-"goldne retriever"', []),
])
@pytest.mark.parametrize("meaning", [True, False])
def test_a_quoted_text_that_finds_nothing_comes_with_one_that_finds_something(
    typed: str, meant: list[str], meaning: bool
) -> None:
    library = Library(*LIBRARY, "golden retriever, at home")
    assert offers(typed, meaning=meaning, library=library) == meant


def test_everything_but_the_unknown_word_stays() -> None:
    """Typed parts, other words, punctuation and white space."""
    assert offers("  elefant   folder:elefant stars:>=4 at night") == [
        "  elephant   folder:elefant stars:>=4 at night", "  elegant   folder:elefant stars:>=4 at night"]
    assert offers("Sunsett, red! folder:Sunsett")[0] == "sunset, red! folder:Sunsett"


def test_two_unknown_words_make_one_offer() -> None:
    assert offers("moutain sunsett") == ["mountain sunset"]


@pytest.mark.parametrize("text", [
    "sunset over mountains", "lofoten", "puf", "IMG_2031", "dog", "xqzvw", "", "   ", "-sunsett", '"sunsett"',
    "stars:9", "camera:cannon", "dgo", "日本語", "🌅🌅🌅🌅", "a" * 10_000, "%s ' OR 1=1 --",
])
def test_what_is_known_short_or_like_nothing_is_left_alone(text: str) -> None:
    assert offers(text) == []


def test_without_meaning_search_only_words_that_photos_have_are_offered() -> None:
    """“sunset” would find nothing then; a keyword that no photo has any more neither."""
    assert offers("sunsett", meaning=False) == []
    assert offers("pufins", meaning=False) == ["Puffins"]
    library = Library("Puffins")
    spelling = Spelling(library.all_names, lambda: 1, lambda _word: False, lambda: KnownWords((), ()))
    assert spelling.offers("pufins", read("pufins", NAMES), meaning=False) == []


def test_a_damaged_installation_offers_nothing_and_stops_no_search() -> None:
    """Another model may answer all the same."""
    def damaged() -> KnownWords:
        raise Unavailable("A part of the basic search model is damaged.")

    library = Library(*LIBRARY)
    spelling = Spelling(library.all_names, lambda: 1, library.has, damaged)
    assert spelling.offers("lofotten", read("lofotten", NAMES), meaning=True) == []
    assert spelling.offers("lofotten", read("lofotten", NAMES), meaning=False) == ["Lofoten"]


def test_names_are_gathered_once_while_they_stay_the_same() -> None:
    library = Library("Lofoten")
    spelling = library.spelling()
    for _ in range(3):
        assert spelling.offers("lofotten", read("lofotten", NAMES), meaning=True)[0] == "Lofoten"
    assert library.gathered == 1


@pytest.mark.slow
def test_looking_a_word_up_among_a_hundred_thousand_names_does_not_compare_each_of_them() -> None:
    """Two hundred thousand different words: 5 ms, where comparing each one by one would take seconds."""
    chance, known = random.Random(5), known_words()

    def word() -> str:
        return "".join(chance.choice("aeioubdfglmnprst") for _ in range(chance.randint(4, 12))).title()

    vocabulary = Vocabulary([*(f"{word()} {word()}" for _ in range(100_000)), *known.things], known.english)
    for typed in ("sunsett", "elefant", "restaurnt", "brid"):
        took = []
        for _ in range(5):
            started = time.perf_counter()
            assert 0 < len(vocabulary.near(typed)) <= MOST_OFFERED
            took.append(time.perf_counter() - started)
        assert min(took) <= 0.2, typed
