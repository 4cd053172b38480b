-- People: where faces are, what they look like to a model, whom they are taken for, and what the user said of them.

-- A face is a place in a photo. Its id stays through re-scans, other models and moved files; what the user said hangs on it.
CREATE TABLE faces (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  photo_id   INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL,   -- fractions of the upright picture
  origin     INTEGER NOT NULL DEFAULT 0,      -- 0 found, 1 drawn by the user, 2 named in the file
  shown      INTEGER NOT NULL DEFAULT 1,      -- 0: no longer seen and nobody said anything of it; of a drawn one: deleted
  score      REAL,                            -- of the detector; NULL: not found by one
  quality    REAL NOT NULL DEFAULT 0,
  good       INTEGER NOT NULL DEFAULT 0,      -- 1: clear enough to found a group
  found_at   REAL NOT NULL,
  -- derived by grouping and by what the user said; made again when it is lost
  group_id   INTEGER,                         -- faces that look alike; all of a group are one person. Below 0: made by the user
  person_id  INTEGER                          -- whom it is taken for; NULL: nobody knows
) STRICT;
CREATE INDEX faces_photo ON faces (photo_id);
CREATE INDEX faces_said ON faces (origin, id) WHERE origin != 0;
CREATE INDEX faces_person ON faces (person_id, shown, quality) WHERE person_id IS NOT NULL;    -- the best face first
CREATE INDEX faces_group ON faces (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE people (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL DEFAULT '',     -- '': not named yet
  ignored       INTEGER NOT NULL DEFAULT 0,
  merged_into   INTEGER,                      -- this person is that one
  cover_face_id INTEGER,                      -- chosen by the user
  kept          INTEGER NOT NULL DEFAULT 0,   -- 1: the user spoke of it, so grouping never deletes it
  created_at    REAL NOT NULL
) STRICT;
CREATE INDEX people_name ON people (name COLLATE NOCASE) WHERE name != '';

-- What was said of faces. Never changed by a scan, a model or grouping. person_id 0: nobody, the face is ignored.
CREATE TABLE face_facts (
  face_id   INTEGER NOT NULL REFERENCES faces(id) ON DELETE CASCADE,
  person_id INTEGER NOT NULL,
  answer    INTEGER NOT NULL,                 -- 0 no, 1 yes, 2 yes along with its group, 3 yes by a name in the file
  PRIMARY KEY (face_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX face_facts_yes ON face_facts (face_id) WHERE answer > 0;
CREATE INDEX face_facts_person ON face_facts (person_id);

-- Two sides of which the user said that they are not one person: a person's id, or a face's with a minus.
CREATE TABLE people_apart (
  one   INTEGER NOT NULL,
  other INTEGER NOT NULL,                     -- greater than one
  PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;

CREATE TABLE face_models (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;

-- Descriptors of every model that was used, side by side.
CREATE TABLE face_descriptors (
  model_id INTEGER NOT NULL,
  face_id  INTEGER NOT NULL REFERENCES faces(id) ON DELETE CASCADE,
  vector   BLOB NOT NULL,                     -- float16, unit length; empty: the model sees no face in a drawn box
  PRIMARY KEY (model_id, face_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX face_descriptors_face ON face_descriptors (face_id);

-- Which photos a model has looked at, in which content, and why it could not.
CREATE TABLE face_scans (
  model_id INTEGER NOT NULL,
  photo_id INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
  version  BLOB NOT NULL,                     -- of the preview it looked at
  error    TEXT,
  at       REAL NOT NULL,
  PRIMARY KEY (model_id, photo_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX face_scans_photo ON face_scans (photo_id);
CREATE INDEX face_scans_error ON face_scans (model_id) WHERE error IS NOT NULL;

-- Questions worth asking: a person id, or a face id with a minus for a face that belongs to nobody. Derived.
CREATE TABLE people_questions (
  subject    INTEGER NOT NULL,                -- what is asked about
  candidate  INTEGER NOT NULL,                -- who it may be
  similarity REAL NOT NULL,
  worth      REAL NOT NULL,                   -- the greatest is asked first
  PRIMARY KEY (subject, candidate)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_questions_worth ON people_questions (worth DESC, subject, candidate);
CREATE INDEX people_questions_candidate ON people_questions (candidate);

-- Photos whose named boxes (XMP) were read or changed and are not yet faces.
CREATE TABLE face_region_news (photo_id INTEGER PRIMARY KEY) STRICT;
INSERT INTO face_region_news SELECT DISTINCT photo_id FROM face_regions;
CREATE TRIGGER face_regions_added AFTER INSERT ON face_regions BEGIN
  INSERT OR IGNORE INTO face_region_news VALUES (new.photo_id);
END;
CREATE TRIGGER face_regions_gone AFTER DELETE ON face_regions BEGIN
  INSERT OR IGNORE INTO face_region_news VALUES (old.photo_id);
END;
