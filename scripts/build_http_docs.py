"""Writes docs/http-api.md from the routes of an application on an empty home."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from photoarchive.app import create_app
from photoarchive.core.config import Config

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "http-api.md"

HEAD = """# HTTP API

Made by `scripts/build-http-docs` from the routes. Everything is JSON unless it says otherwise; answers may gain keys, they
lose none. Errors: `{"error": "sentence", …}` with 400 (a value is wrong), 401 (sign in), 403 (not from here), 404, 409 (not
now), 410 (a view token has expired: open the view again), 413, 415 (cannot be read or shown), 503 (a drive or disk is
away). A change carries the header `X-Window`, any word that names the browser window: undo and redo are per window. A
request a page makes by itself carries `X-Automatic`, so that background work does not step aside for it.

Which photos a bulk verb is about: `{"image_ids": […]}`, or `{"view": {"token", "expected_count"}}` of a pinned view (409 when
the count is another one), or `{"view": {filters}}`.

Filters, for every address that takes a view: `q`, `flag`, `stars` (`none`, `4`, `>=4`), `min_stars`, `label`, `orientation`,
`compared` (`compared`, `uncompared`, `confident`), `rating` (`top10%`), `folder`, `source`, `date_taken` (`2019`, `2019-05`,
`undated`), `date_from`, `date_to`, `file_type`, `camera`, `lens`, `keyword`, `has` (`gps`, `raw`, `video`, `keywords`,
`pair`), `is` (`offline`, `missing`, `unreadable`, `estimated`), and `sort`. Several values are separated by commas or repeated.

Pictures, answered in front of the routes below:

| call | answer |
|---|---|
| GET /api/thumb/{sm,md,lg}/{id}[?cached=1] | the preview with ETag (304); while sm is missing the camera's own thumbnail, marked `no-store` and `X-Instant`; 204 when `cached=1` and not cached; 415 with the reason when unreadable |
| GET /api/full/{id}[?cached=1] | the original (ranges), or the full-resolution JPEG of what browsers cannot show |
| GET /api/video/{id} | a video browsers can play (ranges) |

The grid's feed (`application/x-photoarchive-feed`, little-endian): `PAF1`, u32 photos n, u32 sections s, u32 length of the JSON
that follows (padded to 4); s × u32 section counts; s × i32 section keys (days since 1970, −2147483648 undated; in order of
likeness 1 really alike, 0 the rest: `sections` of the JSON is `day`, `alike` or `none`); n × u32 ids; n × u16 colour (RGB565); n × u16 bits (0–1 flag, 2–4 stars or 7, 5 suggested, 6–7 kind, 8 leader of a pair, 9 offline,
10 missing, 11 unreadable, 12–14 label, 15 live clip); n × u8 aspect, ratio = 2^((b−128)/32).
"""


def document() -> str:
    """The whole text."""
    with tempfile.TemporaryDirectory() as home:
        application = create_app(Config(home=Path(home)))
        paths = application.api.openapi()["paths"]
        application.archive.close()
    groups: dict[str, list[str]] = defaultdict(list)
    for path, verbs in sorted(paths.items()):
        for verb, operation in verbs.items():
            words = (operation.get("description") or "").split("\n")[0].replace("|", "\\|")
            group = path.split("/")[2] if path.startswith("/api/") else "sign-in"
            groups[group].append(f"| {verb.upper()} {path} | {words} |")
    parts = [HEAD]
    for group, rows in groups.items():
        parts.append(f"\n## {group}\n\n| call | what it does |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
