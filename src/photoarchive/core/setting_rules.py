"""What a value of a setting may be. A rule accepts a value or says, in one sentence, what would be right.

Nothing is clamped: a number outside its range is refused, never moved to the border. Text is folded (white
space, doubles) only where the rule says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, Protocol

import msgspec

from photoarchive.core.errors import Invalid

MAX_TERMS = 200
MAX_TERM_LENGTH = 160
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Rule(Protocol):
    """One setting's rule."""

    def read(self, key: str, value: Any) -> Any:
        """The value as it is stored. Raises Invalid with `field` and `range`."""
        ...

    def range(self) -> dict[str, Any]:
        """The rule as JSON, for the page: {min, max} or {choices} or what else limits it."""
        ...


def _refuse(rule: Rule, key: str, wanted: str) -> NoReturn:
    raise Invalid(f"{key} must be {wanted}.", field=key, range=rule.range())


class Whole(msgspec.Struct, frozen=True):
    """A whole number from low to high."""

    low: int
    high: int

    def read(self, key: str, value: Any) -> int:
        """An int, or a float without a fraction (JSON knows only one kind of number)."""
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not self.low <= value <= self.high:
            _refuse(self, key, f"a whole number from {self.low} to {self.high}")
        return int(value)

    def range(self) -> dict[str, Any]:
        """{min, max}."""
        return {"min": self.low, "max": self.high}


class Real(msgspec.Struct, frozen=True):
    """A number from low to high; `optional`: null is allowed and means that the model decides."""

    low: float
    high: float
    optional: bool = False

    def read(self, key: str, value: Any) -> float | None:
        """A finite float, or None where allowed."""
        if value is None and self.optional:
            return None
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not self.low <= value <= self.high:
            null = " or null" if self.optional else ""
            _refuse(self, key, f"a number from {self.low:g} to {self.high:g}{null}")
        return float(value)

    def range(self) -> dict[str, Any]:
        """{min, max}, and {optional} where null is allowed."""
        limits: dict[str, Any] = {"min": self.low, "max": self.high}
        return limits | {"optional": True} if self.optional else limits


class Switch(msgspec.Struct, frozen=True):
    """On or off."""

    def read(self, key: str, value: Any) -> bool:
        """True or False, nothing that merely looks like it."""
        if not isinstance(value, bool):
            _refuse(self, key, "true or false")
        return value

    def range(self) -> dict[str, Any]:
        """{choices}."""
        return {"choices": [True, False]}


class Choice(msgspec.Struct, frozen=True):
    """One of a few words."""

    choices: tuple[str, ...]

    def read(self, key: str, value: Any) -> str:
        """The word itself."""
        if value not in self.choices:
            _refuse(self, key, f"one of {', '.join(self.choices)}")
        return str(value)

    def range(self) -> dict[str, Any]:
        """{choices}."""
        return {"choices": list(self.choices)}


class Name(msgspec.Struct, frozen=True):
    """A short text without line breaks, such as a model id."""

    max_length: int = 200

    def read(self, key: str, value: Any) -> str:
        """The text without surrounding white space."""
        text = value.strip() if isinstance(value, str) else ""
        if not text or len(text) > self.max_length or not text.isprintable():
            _refuse(self, key, f"a text of 1 to {self.max_length} printable characters")
        return text

    def range(self) -> dict[str, Any]:
        """{max_length}."""
        return {"max_length": self.max_length}


class Folder(msgspec.Struct, frozen=True):
    """The absolute path of a folder; it need not exist yet."""

    def read(self, key: str, value: Any) -> str:
        """The canonical path: `~` expanded, links resolved."""
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            _refuse(self, key, "the path of a folder")
        try:
            path = Path(value.strip()).expanduser()
        except RuntimeError:
            _refuse(self, key, "the path of a folder; this user has no home folder")
        if not path.is_absolute():
            _refuse(self, key, "a full path, beginning with /")
        try:
            path = path.resolve()
            if path.exists() and not path.is_dir():
                _refuse(self, key, f"a folder; {path} is a file")
        except OSError as error:
            _refuse(self, key, f"the path of a folder that can be reached ({error.strerror})")
        return str(path)

    def range(self) -> dict[str, Any]:
        """{kind}."""
        return {"kind": "folder"}


class Terms(msgspec.Struct, frozen=True):
    """Saved search terms: white space folded, unique whatever their case."""

    def read(self, key: str, value: Any) -> tuple[str, ...]:
        """The terms in their order, the first spelling of each."""
        if not isinstance(value, list) or not all(isinstance(term, str) for term in value):
            _refuse(self, key, "a list of texts")
        folded = (" ".join(term.split()) for term in value)
        unique = {term.casefold(): term for term in reversed([term for term in folded if term])}
        terms = tuple(reversed(unique.values()))
        if len(terms) > MAX_TERMS or any(len(term) > MAX_TERM_LENGTH for term in terms):
            _refuse(self, key, f"at most {MAX_TERMS} terms of at most {MAX_TERM_LENGTH} characters each")
        return terms

    def range(self) -> dict[str, Any]:
        """{max_items, max_length}."""
        return {"max_items": MAX_TERMS, "max_length": MAX_TERM_LENGTH}


class Days(msgspec.Struct, frozen=True):
    """Days of the week, at least one, kept in the order of the week."""

    def read(self, key: str, value: Any) -> tuple[str, ...]:
        """Short English names."""
        known = isinstance(value, list) and all(isinstance(day, str) and day.lower() in DAYS for day in value)
        if not known or not value:
            _refuse(self, key, f"a list of one or more of {', '.join(DAYS)}")
        chosen = {day.lower() for day in value}
        return tuple(day for day in DAYS if day in chosen)

    def range(self) -> dict[str, Any]:
        """{choices}."""
        return {"choices": list(DAYS)}


class ClockTime(msgspec.Struct, frozen=True):
    """A time of day, HH:MM."""

    def read(self, key: str, value: Any) -> str:
        """As two digits, a colon, two digits."""
        if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            _refuse(self, key, "a time of day from 00:00 to 23:59")
        return value

    def range(self) -> dict[str, Any]:
        """{min, max}."""
        return {"min": "00:00", "max": "23:59"}


class TimeZone(msgspec.Struct, frozen=True):
    """`local` or an IANA name such as Europe/Berlin."""

    def read(self, key: str, value: Any) -> str:
        """The name, if this machine knows the zone."""
        import zoneinfo

        if value == "local":
            return "local"
        try:
            return zoneinfo.ZoneInfo(value).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError, AttributeError):
            _refuse(self, key, "'local' or the name of a time zone such as Europe/Berlin")

    def range(self) -> dict[str, Any]:
        """{kind}."""
        return {"kind": "time zone"}


def check_sizes(values: Mapping[str, Any], sent: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Previews grow from tier to tier: sm ≤ md ≤ lg. Raises Invalid for the field that was sent."""
    for smaller, larger in (("thumb_size_sm", "thumb_size_md"), ("thumb_size_md", "thumb_size_lg")):
        if values[smaller] <= values[larger]:
            continue
        field, low, high = (
            (smaller, rules[smaller].range()["min"], values[larger]) if smaller in sent
            else (larger, values[smaller], rules[larger].range()["max"])
        )
        raise Invalid(
            f"{field} must be from {low} to {high}, because {smaller} may not be larger than {larger}.",
            field=field, range={"min": low, "max": high},
        )
