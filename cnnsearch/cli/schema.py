"""`cnnsearch schema`: print the JSON Schema of the space dialect."""

import json


def run() -> None:
    """Print the JSON Schema of the space dialect, for completion and validation in editors."""
    from cnnsearch.space.dialect.schema import json_schema

    print(json.dumps(json_schema(), indent=1))
