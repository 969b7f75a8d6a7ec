CREATE TABLE notices (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  created INTEGER NOT NULL,
  spread INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX notices_by_spread ON notices (spread, number);

CREATE TABLE deliveries (
  notice INTEGER NOT NULL REFERENCES notices (number),
  address TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL,
  PRIMARY KEY (notice, address)
) WITHOUT ROWID;
CREATE INDEX deliveries_by_address ON deliveries (address, due);
