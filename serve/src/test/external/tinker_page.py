"""The programs of docs/tinker.md by tinker's SDK, as they stand there but for address, model and key: python tinker_page.py BASE_URL [MODEL] [KEY].

With the demo's model and a server of fp32 they print what the page says, which is what the Java programs print (LibraryProjectTest).
"""

import contextlib
import io
import os
import re
import sys
from pathlib import Path

from parts import check

os.environ.setdefault("TINKER_TELEMETRY", "0")
HOST = sys.argv[1].rstrip("/").removesuffix("/v1")
MODEL = sys.argv[2] if len(sys.argv) > 2 else "tiny"
KEY = sys.argv[3] if len(sys.argv) > 3 else "tml-any"

page = (Path(__file__).resolve().parents[4] / "docs" / "tinker.md").read_text(encoding="utf-8")
programs = re.findall(r"```python\n(.*?)```", page, re.S)
check(len(programs) == 3 and all(len(program.splitlines()) < 40 for program in programs), "three programs, each below 40 lines")
said = io.StringIO()
for program in programs:
    for word, ours in (("http://127.0.0.1:8411", HOST), ('"smol"', f'"{MODEL}"'), ("tml-any", KEY)):
        check(word in program, word)
        program = program.replace(word, ours)
    with contextlib.redirect_stdout(said):
        exec(compile(program, "docs/tinker.md", "exec"), {"__name__": "program"})
print(said.getvalue())
own, written = said.getvalue().split(), re.search(r"```text\n(supervised .*?)```", page, re.S).group(1).split()
check(len(own) == len(written), "as many figures as the page has")
for one, other in zip(own, written):
    figure = re.fullmatch(r"-?\d+\.\d{4}", other)
    check(abs(float(one) - float(other)) < max(1.01e-4, 3e-5 * abs(float(other))) if figure else one == other, f"{one} instead of the page's {other}")
print("tinker: the programs of the page print what it says")
