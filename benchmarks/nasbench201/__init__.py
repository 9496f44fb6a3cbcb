"""Samplers on tables of trained networks: trials until one of the best 0.1% is found, and regret.

    PYTHONPATH=benchmarks python -m nasbench201 --seeds 40
    PYTHONPATH=benchmarks python -m nasbench201 --tables perceptrons --seeds 10 tpe ranked-12

Every row goes through cnnsearch's own sampler. But for `optuna`, repeats reuse a result and do not count as
trials. A trial is told the figure of one training; a network's worth is the mean of its trainings. No time
is measured, and all draws follow from seeds.
"""
