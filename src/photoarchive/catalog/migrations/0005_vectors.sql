-- Vectors of photos, one per model, and what the bundled model takes for the content of each. All of it is derived:
-- backups leave it out, the embedding job makes it again.

CREATE TABLE vector_models (
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,                -- "lite:1f3a9c04": name and version
  dimension  INTEGER NOT NULL,
  revision   INTEGER NOT NULL DEFAULT 0,          -- rises with every vector added, replaced or removed
  created_at REAL NOT NULL
) STRICT;

CREATE TABLE vectors (
  id       INTEGER PRIMARY KEY,                   -- model << 40 | photo: one lookup, and neighbours lie together
  version  INTEGER NOT NULL,                      -- content of the original it shows (previews.version as a number)
  revision INTEGER NOT NULL,                      -- of its model when it was written
  vector   BLOB NOT NULL                          -- float16, little-endian, unit length
) STRICT;
CREATE INDEX vectors_changes ON vectors (id >> 40, revision, version);

-- Which vectors went, so that a result kept from before learns of it.
CREATE TABLE vector_removals (
  model_id INTEGER NOT NULL REFERENCES vector_models(id) ON DELETE CASCADE,
  revision INTEGER NOT NULL,
  photo_id INTEGER NOT NULL,
  PRIMARY KEY (model_id, revision, photo_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE vector_failures (
  photo_id INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  model_id INTEGER NOT NULL REFERENCES vector_models(id) ON DELETE CASCADE,
  version  INTEGER NOT NULL,                      -- content that failed; a changed file is tried again
  reason   TEXT NOT NULL,
  at       REAL NOT NULL,
  PRIMARY KEY (photo_id, model_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE guesses (
  photo_id      INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
  labels        TEXT NOT NULL,                    -- best first: "golden retriever | tennis ball"
  probabilities BLOB NOT NULL,                    -- one byte each, 255 is certain
  sure          TEXT NOT NULL                     -- those likely enough to be searched for
) STRICT;

-- A photo that is deleted takes its vectors along, and every index hears of it.
CREATE TRIGGER photos_deleted_vectors AFTER DELETE ON photos
WHEN EXISTS (SELECT 1 FROM vector_models m JOIN vectors v ON v.id = (m.id << 40) | old.id) BEGIN
  UPDATE vector_models SET revision = revision + 1
  WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.id = (vector_models.id << 40) | old.id);
  INSERT INTO vector_removals SELECT m.id, m.revision, old.id FROM vector_models m
  WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.id = (m.id << 40) | old.id);
  DELETE FROM vectors WHERE id IN (SELECT (m.id << 40) | old.id FROM vector_models m);
END;

-- The words of photos get a column for guesses.
CREATE VIRTUAL TABLE photo_words USING fts5 (
  filename, folder, title, caption, keywords, camera, people, place, tags,
  tokenize="unicode61 remove_diacritics 2", prefix='2 3'
);
INSERT INTO photo_words (rowid, filename, folder, title, caption, keywords, camera, people, place, tags)
  SELECT rowid, filename, folder, title, caption, keywords, camera, people, place, '' FROM photo_text;
DROP TABLE photo_text;
ALTER TABLE photo_words RENAME TO photo_text;
