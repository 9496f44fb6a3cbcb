"""The MLflow UI as `cnnsearch ui` serves it: its first page leads to the studies, and browsers show a study
by its saved view.

`python -m cnnsearch.tracking.site SITE`, where SITE is a `Site` as JSON, serves until it is ended. It
replaces `mlflow server`, which needs two processes and cannot have another first page.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvicorn
from mlflow import MlflowClient

from cnnsearch.tracking.view import VIEW_TAG, merged, state_in

FIRST_VISIT = {
    "mlflow.workflowType_v1": json.dumps("machine_learning"),
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": json.dumps(True),
}
"""What a browser remembers from its first visit on: pages for training, and no opened assistant."""
_REQUEST = "CNNSEARCH_SITE"
_SCRIPT = """(() => {
  const page = %s;
  try {
    for (const [key, value] of Object.entries(page.first)) {
      if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
    }
    for (const [experiments, value] of Object.entries(page.views)) {
      const key = `MLflowLocalStorage-1.1-ExperimentPage-${experiments}-ReactComponentState`;
      const seen = `cnnsearch.view-${experiments}`;
      if (localStorage.getItem(seen) === value) continue;
      localStorage.setItem(key, value);
      localStorage.setItem(seen, value);
    }
  } catch (error) {
    console.warn(error);
  }
  if (["", "#", "#/"].includes(location.hash)) location.replace(page.home);
})();"""


@dataclass(frozen=True)
class Site:
    """What to serve, and where.

    Attributes:
        database: The URI of MLflow's database.
        artifacts: The folder of the artifacts of new experiments.
        host: The address to listen on.
        port: The port to listen on.
        home: The page that `/` leads to, from its `#` on.
        compared: The ids of the experiments that are compared there, if there are several.
    """

    database: str
    artifacts: str
    host: str
    port: int
    home: str
    compared: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the argument of the process that serves it."""
        return json.dumps(asdict(self))


def create() -> Any:
    """Return MLflow's application with the first page of the site of this process."""
    # Imported late: MLflow reads when it is imported what it serves, and by what.
    from mlflow.server import app as pages
    from mlflow.server.fastapi_app import app
    from mlflow.server.handlers import initialize_backend_stores

    site = Site(**json.loads(os.environ[_REQUEST]))
    initialize_backend_stores(site.database, site.database, site.artifacts)
    index = Path(str(pages.static_folder), "index.html").read_text(encoding="utf-8")
    endpoint, _ = pages.url_map.bind("").match("/")

    def front() -> tuple[str, dict[str, str]]:
        return first_page(index, site), {"Cache-Control": "no-store"}

    pages.view_functions[endpoint] = front
    return app


def first_page(index: str, site: Site) -> str:
    """Return MLflow's page with a script before its own, for the studies that are in the database now."""
    content = {"first": FIRST_VISIT, "views": _views(site), "home": site.home}
    script = _SCRIPT % json.dumps(content).replace("<", "\\u003c")
    return index.replace("<head>", f"<head><script>{script}</script>", 1)


def _views(site: Site) -> dict[str, str]:
    """Return the saved views as a browser stores them, by the ids of the experiments of a page."""
    client = MlflowClient(site.database)
    tags = {e.experiment_id: e.tags[VIEW_TAG] for e in client.search_experiments() if VIEW_TAG in e.tags}
    states = {experiment: state_in(tag) for experiment, tag in tags.items()}
    views = {json.dumps([experiment]): json.dumps(state) for experiment, state in states.items()}
    compared = [states[experiment] for experiment in site.compared if experiment in states]
    if len(compared) > 1:
        key = json.dumps(sorted(site.compared), separators=(",", ":"))
        views[key] = json.dumps(merged(compared))
    return views


def main(request: str) -> None:
    """Serve a site until the process is ended."""
    os.environ[_REQUEST] = request
    site = Site(**json.loads(request))
    where = f"{__spec__.name}:create" if __spec__ else ""
    uvicorn.run(where, factory=True, host=site.host, port=site.port, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1])
