"""Runs notebooks of lessons in the Java kernel of Jupyter, and holds what each cell prints against what the notebook has saved."""
import sys

import nbformat
from nbclient import NotebookClient


def words(text):
    return text.split()


for file in sys.argv[1:]:
    saved = nbformat.read(file, as_version=4)
    nbformat.validate(saved)
    run = nbformat.from_dict(saved)
    for cell in run.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    NotebookClient(run, timeout=600, kernel_name="java").execute()
    told = 0
    for before, after in zip(saved.cells, run.cells):
        if before.cell_type == "code" and before.outputs:
            expected = words(" ".join(output["data"]["text/plain"] for output in before.outputs))
            printed = words("".join(output.get("text", "") for output in after.outputs if output.get("name") == "stdout"))
            assert printed == expected, f"{file}: the cell\n{before.source}\nprinted\n{printed}\nand not\n{expected}"
            told += 1
    assert told > 0, f"{file}: no cell printed anything"
    print(f"{file}: {len(run.cells)} cells, {told} of them with output")
