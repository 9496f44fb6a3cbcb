"""`python -m anytime.cli` is `cnnsearch`."""

from cnnsearch.cli import main

main()
