"""`cnnsearch describe`: print the parameters of a space, or one of its networks."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.options import Json, SpaceName, parse_shape
from cnnsearch.durations import duration

EXAMPLES = 10_000
"""Training examples for which the training time is predicted."""


if TYPE_CHECKING:
    from cnnsearch.architecture import Analysis
    from cnnsearch.space import Candidate, SearchSpace


def run(
    space: SpaceName,
    sample: Annotated[
        int | None, typer.Option("--sample", help="Print the network of the N-th random sample.", metavar="N")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Print the network of a baseline.", metavar="NAME")
    ] = None,
    size: Annotated[
        str,
        typer.Option("--input", help="Shape of one example: spatial sizes, channels.", metavar="224x224x3"),
    ] = "28x28x1",
    classes: Annotated[int, typer.Option(help="Number of classes.", min=2, metavar="N")] = 10,
    as_json: Json = False,
) -> None:
    """Describe a space, or one of its networks.

    Without --sample and --baseline, print the parameters of the space and its number of points. With either,
    print a network layer by layer; parameters that the baseline leaves open are sampled, with the number of
    --sample as the seed.
    """
    from cnnsearch.architecture import analyze
    from cnnsearch.errors import InfeasibleArchitectureError, InputError
    from cnnsearch.space import load_space

    loaded = load_space(space)
    given = parse_shape(size)
    if sample is None and baseline is None:
        (_print_json if as_json else _print_space)(loaded)
        return
    loaded.check_dimensions(given)
    candidate = loaded.sample_random(sample or 0, input_shape=given, num_classes=classes, baseline=baseline)
    try:
        analysis = analyze(candidate.architecture)
    except InfeasibleArchitectureError as error:
        raise InputError(f"on input {size} {error}; try a larger --input") from None
    if as_json:
        print(json.dumps({**network(analysis), "params": candidate.params}))
    else:
        _print_network(analysis, candidate)


def network(analysis: "Analysis") -> dict[str, Any]:
    """Return the layers and totals of a network as plain values."""
    layers = [
        {
            "name": layer.name,
            "type": layer.type,
            "output_shape": layer.output_shape,
            "num_weights": layer.num_weights,
            "macs": layer.macs,
            "receptive_field": layer.receptive_field,
        }
        for layer in analysis.layers
    ]
    return {
        "num_weights": analysis.num_weights,
        "num_trainable_weights": analysis.num_trainable_weights,
        "macs": analysis.macs,
        "activation_bytes": analysis.activation_bytes,
        "layers": layers,
    }


def _print_json(space: "SearchSpace") -> None:
    described = {
        "name": space.name,
        "description": space.description,
        "parameters": {name: str(domain) for name, domain in space.parameters.items()},
        "points": space.estimated_points(),
        "constraints": dict(space.constraints.limits),
        "baselines": {name: dict(values) for name, values in space.baselines.items()},
    }
    print(json.dumps(described))


def _print_space(space: "SearchSpace") -> None:
    typer.echo(f"{space.name}: {space.description}")
    width = max((len(name) for name in space.parameters), default=0)
    for name, domain in space.parameters.items():
        typer.echo(f"  {name:{width}}  {domain}")
    endless = sum(domain.size is None for domain in space.parameters.values())
    ranges = f", times {endless} continuous ranges" if endless else ""
    typer.echo(f"{len(space.parameters)} parameters, about {space.estimated_points():.2g} points{ranges}")
    for limit, value in space.constraints.limits.items():
        typer.echo(f"constraint {limit}: {value:,}")
    for name in space.baselines:
        typer.echo(f"baseline {name}: cnnsearch describe {space.name} --baseline {name}")


def _print_network(analysis: "Analysis", candidate: "Candidate") -> None:
    from rich.table import Table

    from cnnsearch.cli.options import print_table
    from cnnsearch.space.costs import costs

    table = Table(header_style="bold")
    for column in ("layer", "type", "output shape"):
        table.add_column(column)
    for column in ("weights", "MACs", "receptive field"):
        table.add_column(column, justify="right")
    for layer in analysis.layers:
        shape_text = "x".join(str(n) for n in layer.output_shape)
        numbers = (f"{layer.num_weights:,}", f"{layer.macs:,}", str(layer.receptive_field))
        table.add_row(layer.name, layer.type, shape_text, *numbers)
    print_table(table)
    typer.echo(", ".join(f"{name}: {value}" for name, value in candidate.params.items()))
    for name, count in costs(analysis, candidate.training).items():
        typer.echo(f"{name:18} {count:,}")
    typer.echo(_predicted(analysis, candidate))


def _predicted(analysis: "Analysis", candidate: "Candidate") -> str:
    """Return the predicted training time of the network on this machine, in words."""
    from cnnsearch.search.cost_model import Workload
    from cnnsearch.search.rates import Rates

    model = Rates("tensorflow", "float32").model()
    seconds = EXAMPLES * model.example_seconds(Workload.of(analysis), candidate.training.batch_size)
    known = (
        f"from {model.num_known} networks measured on this machine"
        if model.num_known
        else "no network was measured on this machine yet"
    )
    return f"{'training time':18} about {duration(seconds)} for {EXAMPLES:,} training examples ({known})"
