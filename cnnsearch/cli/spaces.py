"""`cnnsearch spaces`: list the shipped spaces."""


def run() -> None:
    """List the shipped spaces: number of parameters, description, baselines."""
    import typer

    from cnnsearch.space import load_space, shipped_spaces

    for name in shipped_spaces():
        space = load_space(name)
        baselines = f"  [{', '.join(space.baselines)}]" if space.baselines else ""
        typer.echo(f"{name:12} {len(space.parameters):3} parameters  {space.description}{baselines}")
