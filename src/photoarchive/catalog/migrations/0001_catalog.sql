-- The catalog. Facts of the user and of files live here; derived things (columns, full text) can be rebuilt from it.
-- Paths and names are BLOBs: the bytes of the file system, which need not be UTF-8. Times are seconds since 1970 UTC
-- (REAL) unless a column says local: local wall time is milliseconds of that wall clock read as if it were UTC.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ sources, folders, files

CREATE TABLE sources (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  path          BLOB NOT NULL UNIQUE,             -- canonical absolute path
  display_name  TEXT NOT NULL,
  state         TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'removed', 'trash')),
  online        INTEGER NOT NULL DEFAULT 1,       -- last known; the probe keeps it true
  fs_uuid       TEXT,                             -- file system UUID, or the share of a network mount; NULL unknown
  fs_path       BLOB,                             -- where the folder lies within that file system, to find it elsewhere
  rotational    INTEGER,                          -- 1 spinning disk, 0 not, NULL unknown
  exclude       TEXT NOT NULL DEFAULT '[]',       -- JSON array of user globs
  watch         INTEGER NOT NULL DEFAULT 0,
  question      TEXT,                             -- JSON: why the last scan stopped and asks, or NULL
  added_at      REAL NOT NULL,
  removed_at    REAL,
  last_scan_at  REAL,
  last_scan     TEXT NOT NULL DEFAULT '{}'        -- JSON: found, new, changed, moved, missing, errors, seconds
) STRICT;

CREATE TABLE folders (
  id         INTEGER PRIMARY KEY,
  source_id  INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
  relpath    BLOB NOT NULL,                       -- '' is the root of the source; parts joined by '/'
  UNIQUE (source_id, relpath)
) STRICT;

CREATE TABLE files (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  photo_id      INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  folder_id     INTEGER NOT NULL REFERENCES folders(id),
  name          BLOB NOT NULL,
  size          INTEGER NOT NULL,
  mtime_ns      INTEGER NOT NULL,
  inode         INTEGER,
  content_key   BLOB,                             -- 16 bytes: size + head + middle + tail; NULL: empty or unreadable, matches nothing
  full_hash     BLOB,                             -- 32 bytes BLAKE3, by the integrity job
  hashed_at     REAL,                             -- when full_hash was last confirmed; NULL: not at this place; 0: mtime changed since
  state         TEXT NOT NULL DEFAULT 'present' CHECK (state IN ('present', 'missing')),
  error         TEXT,                             -- why it cannot be read; NULL: fine. Cleared when the file changes
  inspected     INTEGER NOT NULL DEFAULT 0,       -- extractor version that read it; 0: not yet
  seen_scan     INTEGER NOT NULL DEFAULT 0,       -- id of the last scan that changed this row
  first_seen    REAL NOT NULL,
  missing_since REAL
) STRICT;
-- One present file a place; a missing one may wait there beside it until its content turns up again.
CREATE UNIQUE INDEX files_place ON files (folder_id, name) WHERE state = 'present';
CREATE INDEX files_missing ON files (folder_id, name) WHERE state = 'missing';
CREATE INDEX files_folder ON files (folder_id);
CREATE INDEX files_error ON files (folder_id) WHERE error IS NOT NULL AND state = 'present';
CREATE INDEX files_photo ON files (photo_id);
CREATE INDEX files_content_key ON files (content_key) WHERE content_key IS NOT NULL;
CREATE INDEX files_uninspected ON files (inspected) WHERE state = 'present';
CREATE INDEX files_to_hash ON files (hashed_at) WHERE state = 'present' AND content_key IS NOT NULL;

-- Side files (XMP, Takeout JSON) as the last scan saw them: a changed one has the photos beside it read again.
CREATE TABLE sidecars (
  folder_id INTEGER NOT NULL REFERENCES folders(id) ON DELETE CASCADE,
  name      BLOB NOT NULL,
  size      INTEGER NOT NULL,
  mtime_ns  INTEGER NOT NULL,
  PRIMARY KEY (folder_id, name)
) STRICT, WITHOUT ROWID;

-- One row per started scan; an unfinished one is continued after a restart.
CREATE TABLE scans (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  source_id   INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
  subfolder   BLOB NOT NULL DEFAULT x'',
  state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'cancelled', 'stopped', 'failed')),
  accepted    TEXT NOT NULL DEFAULT '',           -- what the user answered beforehand: '' nothing, 'missing', 'drive'
  started_at  REAL,
  finished_at REAL,
  counts      TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE scan_errors (
  source_id  INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
  relpath    BLOB NOT NULL,
  reason     TEXT NOT NULL,
  at         REAL NOT NULL,
  PRIMARY KEY (source_id, relpath)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ photos and what is known of them

CREATE TABLE cameras (id INTEGER PRIMARY KEY, make TEXT NOT NULL, model TEXT NOT NULL, UNIQUE (make, model)) STRICT;
CREATE TABLE lenses  (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE formats (id INTEGER PRIMARY KEY, ext TEXT NOT NULL UNIQUE) STRICT;   -- with the dot, lower case

-- Narrow on purpose: everything the grid, filters and sorts need of a million rows is numeric.
CREATE TABLE photos (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  kind           INTEGER NOT NULL DEFAULT 0,      -- 0 image, 1 raw, 2 video
  created_at     REAL NOT NULL,                   -- when it came into the catalog
  file_id        INTEGER,                         -- the file shown first (present and online if there is one)
  source_id      INTEGER NOT NULL,                -- of that file
  folder_id      INTEGER NOT NULL,                -- of that file
  format_id      INTEGER,
  file_size      INTEGER NOT NULL DEFAULT 0,
  modified_at    REAL,                            -- mtime of that file
  state          INTEGER NOT NULL DEFAULT 0,      -- 0 active, 1 missing (no present file), 2 removed with its source, 3 trash
  leader_id      INTEGER,                         -- the photo this one is a part of (RAW+JPEG, live photo), or NULL
  pair_kind      INTEGER NOT NULL DEFAULT 0,      -- 0 none, 1 RAW+JPEG, 2 live photo; set on the part
  pair_split     INTEGER NOT NULL DEFAULT 0,      -- 1: the user split it; never pair again by itself
  ready          INTEGER NOT NULL DEFAULT 0,      -- 1 when the shape is known: only then it is in the grid
  unreadable     TEXT,                            -- reason shown on the tile, or NULL
  -- shape and colour
  width          INTEGER, height INTEGER,         -- as displayed (orientation applied)
  stored_width   INTEGER, stored_height INTEGER,
  orientation    INTEGER NOT NULL DEFAULT 1,
  colour         INTEGER,                         -- average, RGB565
  -- time
  taken_local    INTEGER,                         -- local wall time in ms, NULL undated
  taken_offset   INTEGER,                         -- minutes east of UTC, NULL unknown
  taken_origin   INTEGER NOT NULL DEFAULT 0,      -- 0 none, 1 embedded, 2 sidecar, 3 takeout, 4 file name, 5 mtime (estimated), 6 user
  -- camera
  camera_id      INTEGER, lens_id INTEGER,
  iso            INTEGER, aperture REAL, shutter REAL, focal REAL, focal35 REAL,   -- f-number, seconds, mm, mm
  -- place
  lat            REAL, lon REAL, altitude REAL, direction REAL,
  place_id       INTEGER,
  -- video
  duration       REAL
) STRICT;
CREATE INDEX photos_leader ON photos (leader_id) WHERE leader_id IS NOT NULL;
CREATE INDEX photos_folder ON photos (folder_id);

-- The rest of the facts, read for one photo at a time.
CREATE TABLE details (
  photo_id     INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
  title        TEXT, caption TEXT, creator TEXT, copyright TEXT,
  exposure_program TEXT, exposure_bias REAL, metering TEXT, white_balance TEXT, flash TEXT,
  colour_profile TEXT, codec TEXT, frame_rate REAL, rotation INTEGER,
  content_identifier TEXT,                        -- joins the image and the clip of a live photo
  label        TEXT,                              -- XMP label as read
  rating       INTEGER,                           -- XMP rating as read, -1 rejected
  facts        BLOB                               -- zlib JSON: every tag as read, for the exif answer of offline files
) STRICT;
CREATE INDEX details_content_identifier ON details (content_identifier) WHERE content_identifier IS NOT NULL;

CREATE TABLE keywords (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;   -- hierarchy as 'Nature|Birds'
CREATE TABLE photo_keywords (
  photo_id   INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  keyword_id INTEGER NOT NULL REFERENCES keywords(id),
  origin     INTEGER NOT NULL DEFAULT 0,          -- 0 read from the file or a sidecar, 1 user, 2 removed by the user
  PRIMARY KEY (photo_id, keyword_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_keywords_keyword ON photo_keywords (keyword_id, photo_id);

-- Named face boxes found in XMP (MWG, Microsoft), as fractions of the upright picture.
CREATE TABLE face_regions (
  photo_id INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  name TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL
) STRICT;
CREATE INDEX face_regions_photo ON face_regions (photo_id);

-- What the user corrected. Wins over everything read from files; never touched by a scan.
CREATE TABLE overlays (
  photo_id INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  field    TEXT NOT NULL,                         -- taken_local, taken_offset, lat, lon, title, caption …
  value,
  PRIMARY KEY (photo_id, field)
) WITHOUT ROWID;

-- ------------------------------------------------------------------ the user's marks and ratings

-- Narrow, no secondary index: a million marks change in a fifth of a second.
CREATE TABLE marks (
  photo_id INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
  flag     INTEGER NOT NULL DEFAULT 0,            -- 0 unflagged, 1 picked, 2 rejected
  stars    INTEGER,                               -- 0–5, NULL: never starred
  label    INTEGER NOT NULL DEFAULT 0,            -- colour label, 0 none
  imported INTEGER NOT NULL DEFAULT 0             -- bit 1: stars, 2: flag, 4: label came from a file, not from the user
) STRICT;

CREATE TABLE ratings (
  photo_id    INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
  elo         REAL NOT NULL DEFAULT 1200,
  interval    REAL,                               -- ± on the Elo scale, 95 %
  comparisons INTEGER NOT NULL DEFAULT 0,
  propagated  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every change a person made, with what is needed to take it back.
CREATE TABLE actions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL,                       -- "flag", "stars", "label", "source.remove", "settings" …
  label      TEXT NOT NULL,                       -- sentence for the history page
  window     TEXT NOT NULL DEFAULT '',            -- the browser window it came from; undo is per window
  count      INTEGER NOT NULL,
  payload    BLOB NOT NULL,                       -- zlib msgpack, old and new values; format belongs to the kind
  at         REAL NOT NULL,
  undone_at  REAL,                                -- NULL: in force
  superseded INTEGER NOT NULL DEFAULT 0           -- 1: undone, then something else was done: it cannot be redone
) STRICT;
CREATE INDEX actions_window ON actions (window, id);

-- ------------------------------------------------------------------ previews: the manifest of the cache folder

-- Every folder that was ever the cache folder and still holds files of ours.
CREATE TABLE cache_folders (
  id     INTEGER PRIMARY KEY,
  path   BLOB NOT NULL UNIQUE,                    -- canonical absolute path; of one within the home: from there
  mount  BLOB NOT NULL                            -- where its file system was mounted: tells an unplugged drive from an empty folder
) STRICT;

CREATE TABLE previews (
  photo_id  INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  tier      INTEGER NOT NULL,                     -- 0 sm, 1 md, 2 lg, 3 full, 4 strip (of a video)
  bytes     INTEGER NOT NULL,
  width     INTEGER NOT NULL, height INTEGER NOT NULL,
  recipe    INTEGER NOT NULL,                     -- hash of size and quality: differs → stale
  version   BLOB NOT NULL,                        -- 8 bytes: which content of the original it shows; in the ETag
  suffix    TEXT NOT NULL DEFAULT '.jpg',
  made_at   REAL NOT NULL,
  used_at   REAL NOT NULL,
  looked_at INTEGER NOT NULL DEFAULT 0,           -- 1: a person asked for it; pre-generated never pushes it out
  checksum  INTEGER NOT NULL DEFAULT 0,           -- xxh32 of the file; 0: not taken (copies of originals)
  folder_id INTEGER NOT NULL DEFAULT 0,           -- cache_folders.id
  PRIMARY KEY (photo_id, tier)
) STRICT, WITHOUT ROWID;
CREATE INDEX previews_lru ON previews (tier, looked_at, used_at);
CREATE INDEX previews_folder ON previews (folder_id);

-- Files of the cache whose row is gone, however it went (evicted, cleared, the photo deleted): written in the
-- transaction that took the row, emptied when the file is deleted. So a file of ours is always named by a row.
CREATE TABLE preview_leftovers (
  folder_id INTEGER NOT NULL,
  photo_id  INTEGER NOT NULL,
  tier      INTEGER NOT NULL,
  suffix    TEXT NOT NULL,
  PRIMARY KEY (folder_id, tier, photo_id, suffix)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER previews_deleted AFTER DELETE ON previews BEGIN
  INSERT OR IGNORE INTO preview_leftovers VALUES (old.folder_id, old.photo_id, old.tier, old.suffix);
END;

CREATE TRIGGER previews_moved AFTER UPDATE OF folder_id, suffix ON previews
WHEN old.folder_id <> new.folder_id OR old.suffix <> new.suffix BEGIN
  INSERT OR IGNORE INTO preview_leftovers VALUES (old.folder_id, old.photo_id, old.tier, old.suffix);
END;

CREATE TABLE preview_failures (
  photo_id INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
  version  BLOB NOT NULL,                         -- content that failed; a changed file is tried again
  reason   TEXT NOT NULL,
  at       REAL NOT NULL
) STRICT;

-- ------------------------------------------------------------------ change tracking and text

-- Photos whose row in the column snapshot is out of date; emptied in the transaction that records a new snapshot.
CREATE TABLE snapshot_dirty (photo_id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE saved_views (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, query TEXT NOT NULL, created_at REAL NOT NULL
) STRICT;

-- rowid = photo id. Kept by catalog.fulltext in the same transaction as the rows it describes.
CREATE VIRTUAL TABLE photo_text USING fts5 (
  filename, folder, title, caption, keywords, camera, people, place,
  tokenize="unicode61 remove_diacritics 2", prefix='2 3'
);
