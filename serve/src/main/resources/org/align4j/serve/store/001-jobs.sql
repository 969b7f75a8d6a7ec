CREATE TABLE jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  state TEXT NOT NULL,
  asked TEXT NOT NULL,
  metadata TEXT NOT NULL,
  seed INTEGER NOT NULL,
  created INTEGER NOT NULL,
  finished INTEGER,
  digest TEXT NOT NULL,
  call_key TEXT,
  turn INTEGER NOT NULL,
  examined INTEGER NOT NULL DEFAULT 0,
  steps_an_epoch INTEGER NOT NULL DEFAULT 0,
  memory INTEGER NOT NULL DEFAULT 0,
  pauses INTEGER NOT NULL DEFAULT 0,
  trainer TEXT,
  fault TEXT,
  settled TEXT NOT NULL DEFAULT '{}',
  trained_tokens INTEGER,
  tuned_model TEXT,
  result_files TEXT NOT NULL DEFAULT '[]',
  UNIQUE (project, call_key)
);
CREATE INDEX jobs_of_project ON jobs (project, number);
CREATE INDEX jobs_by_turn ON jobs (state, turn);
CREATE INDEX jobs_in_turn ON jobs (turn);
CREATE INDEX jobs_by_digest ON jobs (project, digest);

CREATE TABLE job_events (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  job INTEGER NOT NULL REFERENCES jobs (number),
  kind TEXT NOT NULL,
  step INTEGER NOT NULL,
  time INTEGER NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  metrics INTEGER NOT NULL,
  data TEXT NOT NULL,
  UNIQUE (job, kind, step)
);
CREATE INDEX job_events_of_job ON job_events (job, number);

CREATE TABLE models (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  job INTEGER NOT NULL REFERENCES jobs (number),
  step INTEGER,
  metrics TEXT NOT NULL,
  base TEXT NOT NULL,
  model TEXT NOT NULL,
  adapter TEXT NOT NULL,
  created INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX models_of_job ON models (job, number);
CREATE INDEX models_of_project ON models (project, number);
