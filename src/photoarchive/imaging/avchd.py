"""When and with what an AVCHD clip (.mts, .m2ts) was filmed: camcorders write it into the H.264 stream only.

The "modified digital video pack" lies in a user-data message of every key frame; its date is binary coded decimal.
"""

from __future__ import annotations

import msgspec

from photoarchive.imaging.dates import Moment, wall_ms

SEARCHED_BYTES = 2 << 20        # the first key frame lies near the beginning
_UUID = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66") + b"MDPM"
_DATE_AND_YEAR, _MONTH_TO_SECOND, _SHUTTER, _MAKER = 0x18, 0x19, 0x7F, 0xE0
_SHUTTER_TICKS = 28_125
_MAKERS = {0x0103: "Panasonic", 0x0108: "SONY", 0x1011: "Canon", 0x1104: "JVC"}
_HALF_HOUR, _SUMMER, _WEST, _ZONE = 0x01, 0x40, 0x20, 0x1F


class Recording(msgspec.Struct, frozen=True):
    """What the camcorder says. shutter: seconds."""

    moment: Moment | None = None
    maker: str | None = None
    shutter: float | None = None


def read_avchd(head: bytes) -> Recording:
    """The facts in the beginning of a transport stream."""
    start = head.find(_UUID)
    if start < 0:
        return Recording()
    at = start + len(_UUID)
    packs = {}
    for n in range(head[at] if at < len(head) else 0):
        entry = head[at + 1 + 5 * n:at + 6 + 5 * n]
        if len(entry) == 5:
            packs[entry[0]] = entry[1:]
    maker = _MAKERS.get(int.from_bytes(packs[_MAKER][:2], "big")) if _MAKER in packs else None
    ticks = int.from_bytes(packs[_SHUTTER][2:], "little") & 0x7FFF if _SHUTTER in packs else 0x7FFF
    shutter = ticks / _SHUTTER_TICKS if 0 < ticks < 0x7FFF else None
    dated = _DATE_AND_YEAR in packs and _MONTH_TO_SECOND in packs
    return Recording(_moment(packs[_DATE_AND_YEAR], packs[_MONTH_TO_SECOND]) if dated else None, maker, shutter)


def _moment(first: bytes, second: bytes) -> Moment | None:
    """zone, century, year, month · day, hour, minute, second; the zone counts half hours, 0xff unknown."""
    digits = [_decimal(byte) for byte in (*first[1:], *second)]
    if None in digits:
        return None
    century, year, month, day, hour, minute, sec = (digit or 0 for digit in digits)
    local = wall_ms((century * 100 + year, month, day), (hour, minute, sec))
    if local is None:
        return None
    zone = first[0]
    if zone == 0xFF:
        return Moment(local)
    minutes = ((zone & _ZONE) >> 1) * 60 + (30 if zone & _HALF_HOUR else 0) + (60 if zone & _SUMMER else 0)
    return Moment(local, -minutes if zone & _WEST else minutes)


def _decimal(byte: int) -> int | None:
    high, low = byte >> 4, byte & 15
    return high * 10 + low if high < 10 and low < 10 else None
