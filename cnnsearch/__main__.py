"""`python -m cnnsearch`: the command line."""

from cnnsearch.cli import main

if __name__ == "__main__":
    main()
