CREATE TABLE tinker_sessions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  created INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  name TEXT,
  finished TEXT
);
CREATE INDEX tinker_sessions_of_project ON tinker_sessions (project, number);

CREATE TABLE tinker_models (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  session TEXT NOT NULL REFERENCES tinker_sessions (id),
  project TEXT NOT NULL,
  created INTEGER NOT NULL,
  asked TEXT NOT NULL,
  base TEXT NOT NULL,
  lora TEXT NOT NULL,
  metadata TEXT NOT NULL,
  trains INTEGER NOT NULL
);
CREATE INDEX tinker_models_of_project ON tinker_models (project, number);

CREATE TABLE tinker_checkpoints (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL REFERENCES tinker_models (id),
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  call INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  bytes INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  UNIQUE (model, kind, name)
);
CREATE INDEX tinker_checkpoints_of_project ON tinker_checkpoints (project, number);
CREATE INDEX tinker_checkpoints_by_end ON tinker_checkpoints (expires);

CREATE TABLE tinker_samplers (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  session TEXT NOT NULL REFERENCES tinker_sessions (id),
  project TEXT NOT NULL,
  created INTEGER NOT NULL,
  base TEXT NOT NULL,
  path TEXT,
  clones INTEGER NOT NULL DEFAULT 0
);
