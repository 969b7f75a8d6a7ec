-- Copies of deleted files that earlier versions left are deleted with the next sweep.
UPDATE files SET deleted = 1 WHERE deleted = 2;
CREATE INDEX files_by_deletion ON files (deleted);
