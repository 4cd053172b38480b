-- What videos need beside previews, and corrections of time and place that remember what the files say.

-- Videos a browser cannot play of which somebody asked for a copy it can. A row goes when the copy lies in the cache,
-- when it failed or when it was cancelled: so a kill in the middle loses nothing but the part that was made.
CREATE TABLE proxy_wishes (
  photo_id INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
  asked_at REAL NOT NULL
) STRICT;

-- Why a video has no strip of frames (what = 0) or no copy (1). A changed file is tried again.
CREATE TABLE video_failures (
  photo_id INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  what     INTEGER NOT NULL,
  version  BLOB NOT NULL,
  reason   TEXT NOT NULL,
  at       REAL NOT NULL,
  PRIMARY KEY (photo_id, what)
) STRICT, WITHOUT ROWID;

-- What the file says where the user says something else: shown beside it, and counts again when it is taken back.
ALTER TABLE overlays ADD COLUMN as_read;
ALTER TABLE overlays ADD COLUMN as_read_origin INTEGER NOT NULL DEFAULT 0;     -- of taken_local: photos.taken_origin

-- A correction of many photos is written, undone and redone part by part, so that nothing else waits long for it.
CREATE TABLE corrections (
  id     INTEGER PRIMARY KEY,
  undone INTEGER NOT NULL DEFAULT 0             -- what is wanted; parts that are otherwise are still to be changed
) STRICT;
CREATE TABLE correction_parts (
  correction_id INTEGER NOT NULL REFERENCES corrections(id) ON DELETE CASCADE,
  part          INTEGER NOT NULL,
  undone        INTEGER NOT NULL DEFAULT 0,
  payload       BLOB NOT NULL,                  -- zlib msgpack: ids, and per field the old and the new values
  UNIQUE (correction_id, part)
) STRICT;
