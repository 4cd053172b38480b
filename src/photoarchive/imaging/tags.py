"""What a file says, before it is understood: keys as exiv2 names them ("Exif.Photo.FNumber", "Xmp.dc.subject")."""

from __future__ import annotations

import msgspec


class Tags(msgspec.Struct):
    """The raw tags of one file or sidecar. metadata fills them, fields and its neighbours read them."""

    exif: dict[str, str] = msgspec.field(default_factory=dict)             # as stored: "28/10"; only what fields need
    xmp: dict[str, str | list[str]] = msgspec.field(default_factory=dict)  # lists for arrays, texts in one language
    iptc: dict[str, list[str]] = msgspec.field(default_factory=dict)
    texts: dict[str, str] = msgspec.field(default_factory=dict)                # everything, readable, for people
    width: int = 0                                                     # stored, 0 unknown
    height: int = 0
    profile: bytes = b""                                               # ICC
    thumbnail: bytes = b""                                             # embedded JPEG of the EXIF directory
    content_identifier: str | None = None                              # Apple's, from the maker note
    iso: float | None = None                                           # from maker notes, where EXIF has none
    lens: str | None = None
    made_utc: float | None = None                                      # seconds since 1970, from the container

    def get(self, key: str) -> str | list[str] | None:
        """The stored value of a tag of any family."""
        if key.startswith("Exif."):
            return self.exif.get(key)
        return self.xmp.get(key) if key.startswith("Xmp.") else self.iptc.get(key)

    def first(self, *keys: str) -> str | None:
        """The first of these tags that has a text; of a list its first entry."""
        for key in keys:
            value = self.get(key)
            if isinstance(value, list):
                value = value[0] if value else None
            if value:
                return value
        return None
