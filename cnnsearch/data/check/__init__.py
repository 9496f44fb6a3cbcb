"""What is found in a dataset before anything is trained on it: `cnnsearch data check` prints it.

`check_data` looks, `Report` is what it found, `write_page` makes the contact sheet.
"""

from cnnsearch.data.check.page import write_page
from cnnsearch.data.check.report import Finding, Occurrence, Report
from cnnsearch.data.check.run import Checked, check_data

__all__ = ["Checked", "Finding", "Occurrence", "Report", "check_data", "write_page"]
