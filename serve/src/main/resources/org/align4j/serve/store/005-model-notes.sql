CREATE TABLE model_notes (
  project TEXT NOT NULL,
  model TEXT NOT NULL,
  name TEXT,
  description TEXT,
  archived INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (project, model)
);
