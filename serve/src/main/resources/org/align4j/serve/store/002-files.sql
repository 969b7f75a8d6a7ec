CREATE TABLE files (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  problem TEXT,
  content TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX files_of_project ON files (project, number);

CREATE TABLE uploads (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  lifetime INTEGER,
  state TEXT NOT NULL,
  file TEXT
);

CREATE TABLE upload_parts (
  id TEXT PRIMARY KEY,
  upload TEXT NOT NULL REFERENCES uploads (id),
  bytes INTEGER NOT NULL,
  created INTEGER NOT NULL
);
CREATE INDEX parts_of_upload ON upload_parts (upload);
