"""Photos shown as one: RAW and JPEG of one exposure, image and clip of a live photo. Owns leader_id and pair_*.

The picture a browser can show leads: an image before a RAW file, both before a clip. A part keeps its id, its facts and
its own marks row untouched; while it is a part the leader's marks count, and a split shows its own again.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence

import msgspec

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.face_pairs import lead_faces, part_faces
from photoarchive.core.errors import Conflict, NotFound
from photoarchive.core.paths import split_name

SAME_EXPOSURE_MS = 2_000        # RAW and JPEG of one exposure: their capture times differ at most by this
LIVE_CLIP_SECONDS = 3.0         # a clip of the same name up to this long belongs to its picture

IMAGE, RAW, VIDEO = 0, 1, 2
NONE, RAW_AND_JPEG, LIVE_PHOTO = 0, 1, 2

_MEMBER = """SELECT p.id, p.kind, p.state, p.taken_local, p.duration, p.pair_split, p.leader_id, p.pair_kind,
                    t.content_identifier, f.folder_id, f.name
             FROM photos p JOIN files f ON f.id = p.file_id LEFT JOIN details t ON t.photo_id = p.id WHERE """


class Member(msgspec.Struct, frozen=True):
    """A photo that may be part of a pair."""

    id: int
    kind: int
    state: int
    taken_local: int | None
    duration: float | None
    split: bool
    leader_id: int | None
    pair_kind: int
    identifier: str | None
    folder_id: int
    name: bytes

    @property
    def stem(self) -> bytes:
        """The name without its extension."""
        return split_name(self.name)[0]


def refresh_pairs(tx: Transaction, photo_ids: Iterable[int]) -> list[int]:
    """Pair these photos, and those they might belong to, by what the catalog knows now. Idempotent.

    Returns the ids of photos that became a part, ceased to be one, or got another leader.
    """
    members: dict[int, Member] = {}
    done: set[int] = set()
    for photo_id in photo_ids:
        if photo_id not in done:
            group = _surroundings(tx, photo_id)
            done.update(group)
            members.update(group)
    changed = []
    for member_id, (leader_id, kind) in _pair_up(members.values()).items():
        before = members[member_id]
        if (before.leader_id, before.pair_kind) != (leader_id, kind):
            tx.execute("UPDATE photos SET leader_id = ?, pair_kind = ? WHERE id = ?", (leader_id, kind, member_id))
            _hand_faces(tx, before, leader_id, kind)
            changed += [member_id, *(other for other in (leader_id, before.leader_id) if other is not None)]
    tx.changes.touch("photos", set(changed))
    return changed


def _hand_faces(tx: Transaction, before: Member, leader_id: int | None, kind: int) -> None:
    """A RAW file and its JPEG show the same faces; the clip of a live photo has its own."""
    if before.leader_id is not None and before.pair_kind == RAW_AND_JPEG:
        part_faces(tx, before.id, before.leader_id)
    if leader_id is not None and kind == RAW_AND_JPEG:
        lead_faces(tx, before.id, leader_id)


def keep_faces(tx: Transaction, parts: Iterable[int]) -> None:
    """Give parts the faces of their leaders, which are about to go."""
    for part, leader in tx.execute(
            "SELECT id, leader_id FROM photos WHERE id IN (SELECT value FROM json_each(?)) AND pair_kind = ?",
            (json.dumps(sorted(parts)), RAW_AND_JPEG)).fetchall():
        part_faces(tx, part, leader)


def split_pair(tx: Transaction, photo_id: int) -> list[int]:
    """Show the parts of a pair as photos of their own from now on. Returns the ids of the parts.

    photo_id: the leader or a part. Raises NotFound, or Conflict if it is no pair.
    """
    parts = _parts(tx, photo_id)
    if not parts:
        raise Conflict("This photo is not part of a pair.")
    _set_split(tx, parts, True)
    return parts


def join_pair(tx: Transaction, photo_id: int) -> list[int]:
    """Take back a split: pair this photo again with what belongs to it. Returns the ids of the parts.

    Raises NotFound, or Conflict if nothing belongs to it.
    """
    group = _surroundings(tx, photo_id)
    if photo_id not in group:
        raise NotFound(f"There is no photo {photo_id}.")
    split = [member.id for member in group.values() if member.split]
    _set_split(tx, split, False)
    parts = _parts(tx, photo_id)
    if not parts:
        _set_split(tx, split, True)
        raise Conflict("There is no second file of the same exposure to join this photo with.")
    return parts


def set_split(tx: Transaction, parts: Sequence[int], split: bool) -> None:
    """Split or join exactly these parts, for undo and redo."""
    _set_split(tx, parts, split)


def _set_split(tx: Transaction, photo_ids: Sequence[int], split: bool) -> None:
    tx.executemany("UPDATE photos SET pair_split = ? WHERE id = ?", ((split, photo_id) for photo_id in photo_ids))
    tx.changes.touch("photos", photo_ids)
    refresh_pairs(tx, photo_ids)


def _parts(tx: Transaction, photo_id: int) -> list[int]:
    row = tx.execute("SELECT coalesce(leader_id, id) FROM photos WHERE id = ?", (photo_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no photo {photo_id}.")
    return [part[0] for part in tx.execute("SELECT id FROM photos WHERE leader_id = ? ORDER BY id", row)]


def _surroundings(tx: Transaction, photo_id: int) -> dict[int, Member]:
    """The photo and every photo its pairing can touch: same stem, same content identifier, present leader and parts."""
    found: dict[int, Member] = {}
    start = [Member(*row) for row in tx.execute(_MEMBER + "p.id = ?", (photo_id,))]
    for member in start:
        found[member.id] = member
        # All names that begin with "stem.": "/" is the character after "." and cannot be in a name.
        queries: list[tuple[str, tuple[object, ...]]] = [(
            "p.id IN (SELECT photo_id FROM files WHERE folder_id = ? AND name > ? AND name < ? AND state = 'present')",
            (member.folder_id, member.stem + b".", member.stem + b"/"))]
        if member.identifier:
            queries.append(("t.content_identifier = ?", (member.identifier,)))
        queries.append(("p.leader_id = ? OR p.id = ?", (member.leader_id or member.id, member.leader_id or member.id)))
        for condition, parameters in queries:
            for other in itertools.starmap(Member, tx.execute(_MEMBER + condition, parameters).fetchall()):
                found.setdefault(other.id, other)
    return found


def _pair_up(members: Iterable[Member]) -> dict[int, tuple[int | None, int]]:
    """Leader and kind of pair for each of some photos; (None, NONE) for one that stands alone or leads."""
    pool = sorted(members, key=lambda member: (member.kind, member.id))
    leaders: dict[object, list[Member]] = {}
    for member in pool:
        for meeting in _meetings(member):
            leaders.setdefault(meeting, []).append(member)
    result: dict[int, tuple[int | None, int]] = {member.id: (None, NONE) for member in pool}
    taken: set[tuple[int, int]] = set()
    for part in pool:
        if part.kind == IMAGE or part.split:
            continue
        for leader in itertools.chain.from_iterable(leaders[meeting] for meeting in _meetings(part)):
            kind = _relation(leader, part)
            # One RAW and one clip per picture, and a part leads nobody.
            if kind and result[leader.id][0] is None and (leader.id, part.kind) not in taken:
                result[part.id] = (leader.id, kind)
                taken.add((leader.id, part.kind))
                break
    return result


def _meetings(member: Member) -> list[object]:
    """What a leader and its part have in common: the content identifier, or folder and stem."""
    place = (member.folder_id, member.stem)
    return [member.identifier, place] if member.identifier else [place]


def _relation(leader: Member, part: Member) -> int:
    """Which pair these two make, NONE if none. Both must be in the same state, or the leader would hide the part."""
    if leader.id == part.id or leader.kind >= part.kind or leader.state != part.state:
        return NONE
    same_name = leader.folder_id == part.folder_id and leader.stem == part.stem
    if part.kind == RAW:
        together = same_name and leader.taken_local is not None and part.taken_local is not None and \
            abs(leader.taken_local - part.taken_local) <= SAME_EXPOSURE_MS
        return RAW_AND_JPEG if together else NONE
    if leader.identifier and part.identifier:
        return LIVE_PHOTO if leader.identifier == part.identifier else NONE
    short = part.duration is not None and part.duration <= LIVE_CLIP_SECONDS
    return LIVE_PHOTO if same_name and short else NONE
