#!/usr/bin/env python3
"""Compares what two builds made, archive by archive: python3 docs/bench/same_jars.py ONE TWO

ONE and TWO are folders, such as two repositories that two clones were released to. All jars, zips, poms and lists of libraries below them are
compared by their SHA-256; in an archive that differs, the entries that differ are named. It ends with 1 where one differs or is missing.
"""
import hashlib
import pathlib
import sys
import zipfile

KINDS = (".jar", ".zip", ".pom", ".json")


def found(folder):
    files = (file for file in pathlib.Path(folder).rglob("*") if file.suffix in KINDS and file.is_file())
    return {str(file.relative_to(folder)): file for file in files}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def entries(archive):
    with zipfile.ZipFile(archive) as opened:
        return {entry.filename: (entry.date_time, sha256(opened.read(entry))) for entry in opened.infolist()}


def differing(one, two):
    """The entries that differ; none where only their order or their packing does."""
    if one.suffix not in (".jar", ".zip"):
        return []
    first, second = entries(one), entries(two)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    one, two = found(sys.argv[1]), found(sys.argv[2])
    if not one:
        sys.exit(f"{sys.argv[1]} has no jar, zip, pom or json.")
    bad = 0
    for name in sorted(one.keys() | two.keys()):
        if name not in one or name not in two:
            print(f"missing in {sys.argv[2] if name in one else sys.argv[1]}: {name}")
            bad += 1
        elif sha256(one[name].read_bytes()) != sha256(two[name].read_bytes()):
            inner = differing(one[name], two[name])
            print(f"differs: {name} ({len(inner)} entries: {', '.join(inner[:5])})")
            bad += 1
    names = one.keys() | two.keys()
    print(f"{len(names) - bad} of {len(names)} files are equal")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
