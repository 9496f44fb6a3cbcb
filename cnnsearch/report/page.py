"""A page of parts -> one self-contained HTML file with its style, scripts, Plotly and data."""

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

from cnnsearch.page.charts import Figure
from cnnsearch.page.parts import Page, Plot
from cnnsearch.report.plots import embedded, plot

_TEMPLATES = "cnnsearch.report"


def render(page: Page) -> str:
    """Return the page as HTML; its policy allows only its own scripts."""
    environment = Environment(
        loader=PackageLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    environment.filters["stacked"] = stacked
    scripts = [get_plotlyjs(), _file("page.js")] if any(_figures(page)) else [_file("page.js")]
    return environment.get_template("page.html.j2").render(
        page=page,
        style=Markup(_file("page.css")),
        scripts=[Markup(script) for script in scripts],
        policy=_policy(scripts),
        plots={figure.name: [Markup(embedded(plot(c))) for c in figure.charts] for figure in _figures(page)},
    )


def _file(name: str) -> str:
    return files(_TEMPLATES).joinpath("templates", name).read_text(encoding="utf-8")


def _figures(page: Page) -> Iterator[Figure]:
    parts = (part for section in page.sections for part in section.parts)
    return (part.figure for part in parts if isinstance(part, Plot))


def _policy(scripts: list[str]) -> str:
    """Return a policy that blocks all requests; Plotly needs `unsafe-eval` to compile WebGL programs."""
    sums = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{checksum}'" for checksum in sums)
    return (
        f"default-src 'none'; script-src 'unsafe-eval' {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def prose(text: str) -> Markup:
    """Return a text with `code` as HTML elements."""
    escaped = html.escape(text, quote=False)
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped))


def stacked(text: str) -> Markup:
    """Return a number with its deviation or parentheses on a second line, for a narrow column."""
    escaped = html.escape(text, quote=False)
    return Markup(re.sub(r" ((?:±|\().*)", r'<span class="aside">\1</span>', escaped))
