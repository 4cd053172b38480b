-- Choices of the user and what is computed from them. `choices` is the truth; `ratings` and everything below it follow.

CREATE TABLE choices (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,    -- the order of choosing: what is computed follows it
  action_id INTEGER NOT NULL,                     -- actions.id
  key       TEXT UNIQUE,                          -- made by the browser: a choice sent twice counts once; NULL: imported
  mode      TEXT NOT NULL CHECK (mode IN ('mosaic', 'swiss', 'topn', 'import')),
  strategy  TEXT NOT NULL DEFAULT '',
  board     BLOB NOT NULL,                        -- photo ids as shown, u32 little endian; they may outlive their photos
  winners   BLOB NOT NULL,                        -- positions on the board, best first, a byte each; empty: skipped
  signals   INTEGER NOT NULL,                     -- ordered pairs it implies
  at        REAL NOT NULL,
  undone    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX choices_action ON choices (action_id);

-- How the photos' features were made from their vectors: the fit in force.
CREATE TABLE rating_fits (
  id        INTEGER PRIMARY KEY,
  made_at   REAL NOT NULL,
  constants TEXT NOT NULL,                        -- JSON, see ranking.posterior.Constants
  model     TEXT NOT NULL DEFAULT '',             -- of the vectors; '' when there were none
  photos    INTEGER NOT NULL DEFAULT 0,           -- that had a vector then
  choices   INTEGER NOT NULL DEFAULT 0,           -- that were in force then
  map       BLOB NOT NULL DEFAULT x''             -- the landmarks; format of rating.checkpoints
) STRICT;

-- What was believed after a choice, so that undo and a restart replay only the choices after it.
CREATE TABLE rating_checkpoints (
  choice_id INTEGER PRIMARY KEY,                  -- the last choice in it
  fit_id    INTEGER NOT NULL,
  belief    BLOB NOT NULL                         -- format of rating.checkpoints
) STRICT;

-- Up to which choices the rows of a block of photo ids show what look-alikes moved.
CREATE TABLE rating_blocks (
  block   INTEGER PRIMARY KEY,                    -- photo id // 1024
  lineage TEXT NOT NULL                           -- names the fit and the choices in force, see rating.projection
) STRICT;
