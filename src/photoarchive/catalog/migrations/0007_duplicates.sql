-- Photos that look alike: a fingerprint of each, the likest pairs, and what the user decided about them.

-- Derived from the sm preview; made again when the content changes. Narrow: a million hashes are read in a second.
CREATE TABLE fingerprints (
  photo_id INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
  version  BLOB NOT NULL,                     -- 8 bytes: the content it shows, as previews.version
  hash     INTEGER NOT NULL,                  -- 64 bits of a cosine transform, as a signed number
  shape    INTEGER NOT NULL,                  -- log2 of width / height, in 32nds
  moment   INTEGER NOT NULL,                  -- what of time and camera was compared: bursts depend on them
  compared INTEGER NOT NULL DEFAULT 0,        -- 1: all its likest pairs are in `likenesses`
  sharp    REAL                               -- strength of edges, taken of photos in groups only; NULL: not yet
) STRICT;
CREATE INDEX fingerprints_uncompared ON fingerprints (photo_id) WHERE compared = 0;

-- The picture behind the hash, to tell true pairs from chance: 32 × 32 local contrasts, int8. Read for candidates only.
CREATE TABLE fingerprint_details (
  photo_id INTEGER PRIMARY KEY REFERENCES fingerprints(photo_id) ON DELETE CASCADE,
  detail   BLOB NOT NULL
) STRICT;

-- The strongest pairs that join all photos that are alike (a maximum spanning forest): at most one row per photo.
CREATE TABLE likenesses (
  first    INTEGER NOT NULL REFERENCES fingerprints(photo_id) ON DELETE CASCADE,     -- the smaller id
  second   INTEGER NOT NULL REFERENCES fingerprints(photo_id) ON DELETE CASCADE,
  likeness REAL NOT NULL,                     -- 0.9–1; from 0.95 on they share a group
  kind     INTEGER NOT NULL,                  -- 0 same picture, 1 nearly the same, 2 of one burst
  PRIMARY KEY (first, second)
) STRICT, WITHOUT ROWID;
CREATE INDEX likenesses_second ON likenesses (second);

-- A photo that goes leaves its tree torn: what hung on it is compared again.
CREATE TRIGGER fingerprints_deleted BEFORE DELETE ON fingerprints BEGIN
  UPDATE fingerprints SET compared = 0
  WHERE photo_id IN (SELECT first FROM likenesses WHERE second = old.photo_id
                     UNION ALL SELECT second FROM likenesses WHERE first = old.photo_id);
END;

-- Facts of the user. They name photos, and the content of each photo too: if its row is deleted and the file comes back
-- as a new photo, the decision finds it again.
CREATE TABLE duplicate_decisions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  verdict    INTEGER NOT NULL,                -- 0 keep all, 1 keep those with `kept`, 2 not duplicates
  made_at    REAL NOT NULL,
  undone     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE duplicate_decision_photos (
  decision_id INTEGER NOT NULL REFERENCES duplicate_decisions(id) ON DELETE CASCADE,
  photo_id    INTEGER REFERENCES photos(id) ON DELETE SET NULL,
  version     BLOB,                           -- content when it was decided
  kept        INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX duplicate_decision_photos_decision ON duplicate_decision_photos (decision_id);
CREATE INDEX duplicate_decision_photos_photo ON duplicate_decision_photos (photo_id);
CREATE INDEX duplicate_decision_photos_lost ON duplicate_decision_photos (version) WHERE photo_id IS NULL;
