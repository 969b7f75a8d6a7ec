CREATE TABLE usage (
  day TEXT NOT NULL,
  project TEXT NOT NULL,
  key TEXT NOT NULL,
  model TEXT NOT NULL,
  requests INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  reused_tokens INTEGER NOT NULL,
  answer_tokens INTEGER NOT NULL,
  PRIMARY KEY (project, day, key, model)
) WITHOUT ROWID;
