CREATE TABLE model_notes (
  project TEXT NOT NULL,
  model TEXT NOT NULL,
  name TEXT,
  description TEXT,
  archived INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (project, model)
);

CREATE TABLE resources (
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  ours TEXT,
  document TEXT NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (project, kind, name)
);
CREATE INDEX resources_by_ours ON resources (project, kind, ours);
