#!/usr/bin/env python3
"""The slowest tests of the last build, with the seconds of each: docs/bench/slowest.py [N]

Reads what Surefire left in target/surefire-reports of each module; .ci/run prints the fifty slowest after every build. A test class's own time is what
its tests don't account for: what they share (a model that is trained once, a folder that is filled).
"""
import pathlib, sys, xml.etree.ElementTree as tree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
most = int(sys.argv[1]) if len(sys.argv) > 1 else 50
times = []
total = 0.0
for report in sorted([*ROOT.glob("*/target/surefire-reports/TEST-*.xml"), *ROOT.glob("alignment-core/*/target/surefire-reports/TEST-*.xml")]):
    suite = tree.parse(report).getroot()
    name = suite.get("name").rpartition(".")[2]
    cases = [(float(case.get("time").replace(",", "")), f"{name}.{case.get('name')}") for case in suite.iter("testcase")]
    shared = float(suite.get("time").replace(",", "")) - sum(time for time, _ in cases)
    times += cases + [(shared, f"{name} (shared by its tests)")]
    total += float(suite.get("time").replace(",", ""))
if not times:
    sys.exit(f"No reports below {ROOT} in target/surefire-reports of any module; run mvn verify first.")
print(f"The {min(most, len(times))} slowest of {len(times)} tests, in seconds of {total:.0f}:")
for time, name in sorted(times, reverse=True)[:most]:
    print(f"{time:8.1f}  {name}")
