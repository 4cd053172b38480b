-- What people searched for, and what was found. The texts are facts; vectors and results are made again when they lack.

CREATE TABLE searches (
  id        INTEGER PRIMARY KEY,
  normal    TEXT NOT NULL UNIQUE,                 -- letter case and white space folded: one row per search
  text      TEXT NOT NULL,                        -- as typed last
  uses      INTEGER NOT NULL DEFAULT 0,
  last_used REAL,                                 -- NULL: saved as a term, never used
  pinned    REAL                                  -- its place among the saved terms (ascending); NULL: it is none
) STRICT;
CREATE INDEX searches_used ON searches (last_used);

-- The words of a search (without its filters) as the vector of a model: the model need not be loaded to search again.
CREATE TABLE search_vectors (
  words   TEXT NOT NULL,                          -- retrieval.language.Words.key
  model   TEXT NOT NULL,                          -- ml.embedder.model_key
  vector  BLOB NOT NULL,                          -- float32, little endian
  used_at REAL NOT NULL,
  PRIMARY KEY (words, model)
) STRICT, WITHOUT ROWID;

-- The best photos for the words of a search. Complete down to `floor` for the vectors of `revision`.
CREATE TABLE search_results (
  words    TEXT NOT NULL,
  model    TEXT NOT NULL,
  revision INTEGER NOT NULL,                      -- of the vector index
  floor    REAL NOT NULL,                         -- every photo that scores at least this is among them
  count    INTEGER NOT NULL,
  ids      BLOB NOT NULL,                         -- u32 little endian, best first
  scores   BLOB NOT NULL,                         -- float32, as many
  made_at  REAL NOT NULL,                         -- when the whole archive was scored
  used_at  REAL NOT NULL,
  PRIMARY KEY (words, model)
) STRICT;
CREATE INDEX search_results_used ON search_results (used_at);
