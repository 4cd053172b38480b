-- Search models the user installed: which files they are, and how they were when they came first.

-- A model at a revision, as it was when it was installed for the first time. Later installs must bring the same files.
CREATE TABLE model_pins (
  model_id    TEXT NOT NULL,                      -- "Qwen/Qwen3-VL-Embedding-2B"
  revision    TEXT NOT NULL,                      -- as it was asked for: "main", a tag, a commit
  commit_hash TEXT NOT NULL,                      -- what it meant then
  hub         TEXT NOT NULL,                      -- address of the hub
  files       TEXT NOT NULL,                      -- JSON: name → [bytes, SHA-256]
  pinned_at   REAL NOT NULL,
  PRIMARY KEY (model_id, revision)
) STRICT, WITHOUT ROWID;

-- Folders photoArchive itself put a model into: only there may it delete files, and only these.
CREATE TABLE model_folders (
  folder       TEXT PRIMARY KEY,
  model_id     TEXT NOT NULL,
  revision     TEXT NOT NULL,
  files        TEXT NOT NULL,                     -- JSON: names, in the order they are fetched
  bytes        INTEGER NOT NULL,
  installed_at REAL                               -- NULL: not complete yet
) STRICT, WITHOUT ROWID;

-- Checksums that were computed, so that a start does not read gigabytes again.
CREATE TABLE model_checksums (
  folder   TEXT NOT NULL,
  name     TEXT NOT NULL,
  size     INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  sha256   TEXT NOT NULL,
  PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;
