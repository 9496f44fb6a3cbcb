"""`cnnsearch validate`: check the file of a search space."""

from cnnsearch.cli.options import SpaceName


def run(space: SpaceName) -> None:
    """Check a search space and print every error with its line."""
    import typer

    from cnnsearch.space import load_space
    from cnnsearch.space.space import MANY_NAMES

    loaded = load_space(space)
    count = len(loaded.parameters)
    baselines = ", ".join(loaded.baselines) or "none"
    typer.echo(f"{loaded.name} is valid: {count} parameters, baselines: {baselines}")
    if count > MANY_NAMES:
        typer.echo(
            f"warning: {count} parameters make the tpe sampler slow; the recommended maximum is "
            f"{MANY_NAMES}. Each per_stage, per_block or per_layer adds one parameter for every repeat",
            err=True,
        )
