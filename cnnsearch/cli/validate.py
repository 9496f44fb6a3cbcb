"""`cnnsearch validate`: checks a space's file."""

from cnnsearch.cli.options import SpaceName


def run(space: SpaceName) -> None:
    """Check a space; every fault is told with its line."""
    import typer

    from cnnsearch.space import load_space
    from cnnsearch.space.space import MANY_NAMES

    loaded = load_space(space)
    count = len(loaded.parameters)
    baselines = ", ".join(loaded.baselines) or "none"
    typer.echo(f"{loaded.name} is valid: {count} parameters, baselines: {baselines}")
    if count > MANY_NAMES:
        typer.echo(
            f"warning: {count} parameters make the tpe sampler slow; {MANY_NAMES} is a good limit. Each "
            "per_stage, per_block or per_layer adds one for every repeat",
            err=True,
        )
