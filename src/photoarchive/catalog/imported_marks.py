"""Ratings, pick flags and colour labels found in files become marks, unless the user set that mark.

The bits of marks.imported say which marks came from a file. A mark without its bit is the user's, also an emptied one.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.keywords import as_json
from photoarchive.core.facts import Facts

STARS, FLAG, LABEL = 1, 2, 4        # bits of marks.imported
UNFLAGGED, PICKED, REJECTED = 0, 1, 2
# Names of labels by number, as editing programs write them in the languages of their users.
_LABELS: dict[int, str] = {
    1: "red rot rouge rosso rojo vermelho rood röd rød czerwony красный 赤 红色 select",
    2: "yellow gelb jaune giallo amarillo amarelo geel gul żółty желтый イエロー 黄 黄色 second",
    3: "green grün vert verde groen grön grøn zielony зеленый 緑 绿色 approved",
    4: "blue blau bleu blu azul blauw blå niebieski синий 青 蓝色 review",
    5: "purple lila violet viola violett púrpura morado roxo paars fioletowy фиолетовый 紫 紫色 magenta",
    6: "orange arancione naranja laranja oranje pomarańczowy оранжевый",
    7: "gray grey grau gris grigio cinza grijs szary серый",
}
_NUMBER_OF = {name: number for number, names in _LABELS.items() for name in names.split()}


class EarlierMarks(msgspec.Struct, frozen=True):
    """What a photo had before its file was read again."""

    was_read: bool              # it has details: the import had its chance
    rating: int | None          # as read then
    label: str | None
    flag: int
    stars: int | None
    label_number: int
    imported: int


def label_number(name: str | None) -> int:
    """The number of a colour label by its name; 0 for none and for words that are no colour."""
    return _NUMBER_OF.get((name or "").strip().casefold(), 0)


def read_earlier(tx: Transaction, photo_ids: Iterable[int]) -> dict[int, EarlierMarks]:
    """The marks and the imported values of photos, before new facts are written."""
    rows = tx.execute(
        "SELECT p.id, d.photo_id IS NOT NULL, d.rating, d.label, coalesce(m.flag, 0), m.stars, coalesce(m.label, 0), "
        "coalesce(m.imported, 0) FROM photos p LEFT JOIN details d ON d.photo_id = p.id "
        "LEFT JOIN marks m ON m.photo_id = p.id WHERE p.id IN (SELECT value FROM json_each(?))", (as_json(photo_ids),))
    return {row[0]: EarlierMarks(bool(row[1]), *row[2:]) for row in rows}


def import_marks(tx: Transaction, facts_of: dict[int, Facts], earlier: dict[int, EarlierMarks]) -> list[int]:
    """Bring imported marks in line with what was read. Returns the photos whose marks changed."""
    changed = []
    for photo_id, facts in facts_of.items():
        old = earlier[photo_id]
        flag, stars, label, imported = _marks(facts, old)
        if (flag, stars, label, imported) != (old.flag, old.stars, old.label_number, old.imported):
            changed.append((photo_id, flag, stars, label, imported))
    tx.executemany(
        "INSERT OR REPLACE INTO marks (photo_id, flag, stars, label, imported) VALUES (?, ?, ?, ?, ?)", changed)
    return [row[0] for row in changed]


def _marks(facts: Facts, old: EarlierMarks) -> tuple[int, int | None, int, int]:
    """Flag, stars, label and the imported bits after reading."""
    imported = old.imported
    stars, flag, label = old.stars, old.flag, old.label_number
    new_rating = not old.was_read or facts.rating != old.rating
    read_stars = facts.rating if facts.rating is not None and facts.rating > 0 else None    # 0: nobody rated it
    if imported & STARS or (stars is None and new_rating):
        stars, imported = read_stars, _with_bit(imported, STARS, read_stars is not None)
    rejected = facts.rating == -1 or facts.picked is False
    read_flag = REJECTED if rejected else PICKED if facts.picked else UNFLAGGED
    if imported & FLAG or (flag == UNFLAGGED and new_rating):
        flag, imported = read_flag, _with_bit(imported, FLAG, read_flag != UNFLAGGED)
    read_label = label_number(facts.label)
    if imported & LABEL or (label == 0 and (not old.was_read or facts.label != old.label)):
        label, imported = read_label, _with_bit(imported, LABEL, read_label != 0)
    return flag, stars, label, imported


def _with_bit(bits: int, bit: int, present: bool) -> int:
    return bits | bit if present else bits & ~bit
