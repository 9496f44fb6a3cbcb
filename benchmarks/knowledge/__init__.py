"""What the shipped experience is made of, and what it is worth.

    PYTHONPATH=benchmarks python -m knowledge.legs --sources sources.yaml --runs RUNS     (hours, resumable)

Each leg is a study: about 40 configurations of `auto` (images) or `signal1d` (signals), the same ones on
    every task, trained for one budget. A task is a real dataset, or a part of one: 500, 2,000 or 8,000
    examples, or 2 to 5 of its classes. Tasks from the same data have the same origin, and are left out
    together in the evaluation.
"""
