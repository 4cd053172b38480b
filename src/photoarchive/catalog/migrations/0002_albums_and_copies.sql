-- Albums: photos a person gathered, in their order. A deleted album keeps its row, so that undo brings it back whole.

CREATE TABLE albums (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  created_at REAL NOT NULL,
  deleted_at REAL                                 -- NULL: it is there
) STRICT;
CREATE UNIQUE INDEX albums_name ON albums (name COLLATE NOCASE) WHERE deleted_at IS NULL;

CREATE TABLE album_photos (
  album_id INTEGER NOT NULL REFERENCES albums(id) ON DELETE CASCADE,
  photo_id INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  place    INTEGER NOT NULL,                      -- ascending in the album's order; gaps are fine
  PRIMARY KEY (album_id, photo_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_photos_photo ON album_photos (photo_id);

-- Copies of originals into a folder, each a list of photos worked off by the job `export`.
CREATE TABLE copies (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  target        BLOB NOT NULL,                    -- canonical absolute path
  structure     TEXT NOT NULL CHECK (structure IN ('folders', 'flat')),
  sidecars      INTEGER NOT NULL,                 -- 1: an XMP sidecar beside each copy
  state         TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'running', 'done', 'cancelled')),
  started_at    REAL NOT NULL,
  finished_at   REAL,
  files         INTEGER NOT NULL,                 -- originals in all
  bytes         INTEGER NOT NULL,
  copied        INTEGER NOT NULL DEFAULT 0,       -- counts of copy_items by state, kept with them
  present       INTEGER NOT NULL DEFAULT 0,
  failed        INTEGER NOT NULL DEFAULT 0,
  offline       INTEGER NOT NULL DEFAULT 0,
  copied_bytes  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE copy_items (
  copy_id       INTEGER NOT NULL REFERENCES copies(id) ON DELETE CASCADE,
  place         INTEGER NOT NULL,                 -- in the order of reading: source, folder, name
  photo_id      INTEGER NOT NULL,                 -- no reference: the list stays whole when a photo is deleted
  size          INTEGER NOT NULL,
  state         INTEGER NOT NULL DEFAULT 0,       -- 0 waiting, 1 copied, 2 was there already, 3 failed, 4 drive not connected
  name          BLOB,                             -- path beneath the target, once it is decided
  sidecar_hash  BLOB,                             -- BLAKE3 of the sidecar we wrote: only that may be replaced by a newer one
  reason        TEXT,
  PRIMARY KEY (copy_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX copy_items_waiting ON copy_items (copy_id, place) WHERE state = 0;
CREATE INDEX copy_items_trouble ON copy_items (copy_id, place) WHERE state > 2;
CREATE INDEX copy_items_name ON copy_items (copy_id, name) WHERE name IS NOT NULL;
CREATE INDEX copy_items_sidecar ON copy_items (sidecar_hash) WHERE sidecar_hash IS NOT NULL;
