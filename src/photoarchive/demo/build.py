"""Makes a synthetic catalog to try the product on: rows only, or drawn pictures that the normal scan will find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.fulltext import rebuild
from photoarchive.core.config import Config
from photoarchive.core.errors import Conflict, Invalid
from photoarchive.demo.faces import store_faces
from photoarchive.demo.pictures import draw_library
from photoarchive.demo.store import store_library
from photoarchive.demo.vectors import check_length, store_vectors
from photoarchive.ml.vectors import VectorStore

MAX_PHOTOS = 5_000_000
MAX_PICTURES = 20_000       # drawn ones take about a sixth of a second and 150 kB each

Report = Callable[[int, int, str], None]


def build_demo(  # noqa: PLR0917 – the options of the command line, in its order
    home: Path, photos: int, rows_only: bool, vectors: int = 0, faces: bool = False, progress: Report | None = None
) -> None:
    """Fill an empty home with a synthetic library of so many photos.

    rows_only: only the catalog's rows; the server shows drawn placeholders for them. Otherwise pictures are drawn
    into a folder beside the home, which the server scans like any other when it starts.
    vectors: length of made-up search vectors for the rows; 0: none. faces: people for the rows, half as many faces.
    progress(done, total, what) is told how far it is. Raises Invalid for impossible options, Conflict if the home
    has a catalog with photos already.
    """
    if faces and not rows_only:
        raise Invalid("--faces is for --rows-only: in drawn pictures there are no faces.")
    if vectors:
        check_length(vectors, rows_only)
    most = MAX_PHOTOS if rows_only else MAX_PICTURES
    if not 1 <= photos <= most:
        raise Invalid(f"--photos must be from 1 to {most:,}, not {photos:,}.")
    report = progress or (lambda _done, _total, _what: None)
    home = home.expanduser().resolve()
    db = Database(Config(home=home).database_path)
    try:
        if db.read().execute("SELECT 1 FROM photos LIMIT 1").fetchone():
            raise Conflict(f"{home} already has a catalog with photos. Choose an empty folder for the demo.")
        if rows_only:
            store_library(db, home, photos, report)
            if vectors:
                _store_vectors(db, home, vectors, report)
            if faces:
                store_faces(db, photos, report)
            report(photos, photos, "columns")
            Columns(db, Config(home=home).run_dir).write_snapshot()
        else:
            draw_library(db, home, photos, report)
    finally:
        db.close()


def _store_vectors(db: Database, home: Path, length: int, report: Report) -> None:
    from photoarchive.ml.lite import LiteEmbedder

    config = Config(home=home)
    store = VectorStore(db, config.run_dir)
    try:
        store_vectors(db, store, LiteEmbedder(config.models_dir), length, report)
    finally:
        store.close()
    report(0, 1, "words")
    db.write(rebuild)
