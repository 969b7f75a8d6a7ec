CREATE TABLE batches (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  asker TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL,
  times TEXT NOT NULL,
  metadata TEXT NOT NULL,
  lifetime INTEGER,
  model TEXT,
  problems TEXT NOT NULL DEFAULT '[]',
  total INTEGER NOT NULL DEFAULT 0,
  completed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  prompt_tokens INTEGER NOT NULL DEFAULT 0,
  reused_tokens INTEGER NOT NULL DEFAULT 0,
  answer_tokens INTEGER NOT NULL DEFAULT 0,
  output TEXT,
  errors TEXT,
  digest TEXT NOT NULL,
  call_key TEXT,
  created INTEGER NOT NULL,
  UNIQUE (project, call_key)
);
CREATE INDEX batches_of_project ON batches (project, number);
CREATE INDEX batches_by_state ON batches (state, number);
CREATE INDEX batches_by_digest ON batches (project, digest);

CREATE TABLE batch_answers (
  batch INTEGER NOT NULL REFERENCES batches (number),
  line INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (batch, line)
) WITHOUT ROWID;
