"""The output of a search in a real notebook kernel."""

import nbformat
import pytest
from nbclient import NotebookClient

from tests.search.real import TINY

pytestmark = pytest.mark.slow

CELL = """
import cnnsearch

result = cnnsearch.search({space!r}, "digits", trials=2, epochs=2, runs={runs!r}, study="mine")
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client")
def test_a_notebook_shows_a_search_in_one_output_of_its_cell(tmp_path):
    space = tmp_path / "tiny.yaml"
    space.write_text(TINY)
    cell = nbformat.v4.new_code_cell(CELL.format(space=str(space), runs=str(tmp_path / "runs")))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    (shown,) = (output for output in cell.outputs if output.output_type == "display_data")
    page = shown.data["text/html"]
    assert "2 complete" in page and "choosing the champion, testing it" in page
