"""Headless Chromium from the system's packages, and what the pages of a study are made of."""

import shutil
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import sync_playwright


@dataclass
class Told:
    """What a page says while it is looked at: errors, and the addresses that it asks for."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium():
    """The browser; nothing is downloaded."""
    path = shutil.which("chromium")
    assert path, "chromium was not found; on Debian and Ubuntu `apt install chromium` brings it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def opened(chromium):
    """Opens an address: a page and what it told."""
    pages = []

    def open_page(address, **options):
        page = chromium.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        pages.append(page)
        told = Told()
        page.on("console", lambda line: told.errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: told.errors.append(str(error)))
        page.on("request", lambda request: told.requests.append(request.url))
        page.goto(address)
        return page, told

    yield open_page
    for page in pages:
        page.close()
