"""Checks of a dataset before training, for `cnnsearch data check`.

`check_data` checks a dataset, `Report` holds the findings, and `write_page` writes the HTML contact sheet.
"""

from cnnsearch.data.check.page import write_page
from cnnsearch.data.check.report import Finding, Occurrence, Report
from cnnsearch.data.check.run import Checked, check_data

__all__ = ["Checked", "Finding", "Occurrence", "Report", "check_data", "write_page"]
