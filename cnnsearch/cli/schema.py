"""`cnnsearch schema`: the JSON Schema of the space dialect."""

import json


def run() -> None:
    """Print the JSON Schema of the space dialect.

    Editors complete and check YAML by it.
    """
    from cnnsearch.space.dialect.schema import json_schema

    print(json.dumps(json_schema(), indent=1))
