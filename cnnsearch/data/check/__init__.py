"""What is found in a dataset before anything is trained on it: `cnnsearch data check` prints it.

`check_data` looks, `Report` is what it found, `write_page` makes the contact sheet.
"""

from cnnsearch.data.check.page import write_page
from cnnsearch.data.check.report import Example, Finding, Report
from cnnsearch.data.check.run import Checked, check_data

__all__ = ["Checked", "Example", "Finding", "Report", "check_data", "write_page"]
