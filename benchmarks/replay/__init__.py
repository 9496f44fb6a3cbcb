"""Searches replayed on recorded learning curves, so that rules for ending trials early compare in seconds.

    PYTHONPATH=benchmarks python -m replay.record --data digits --trials 300 TABLE
    PYTHONPATH=benchmarks python -m replay.record runs/STUDY TABLE
    PYTHONPATH=benchmarks python -m replay [TABLE ...]     (those in benchmarks/replay/tables/)

A table holds the trials of a random search that pruned nothing: each one's accuracy and loss on the
validation split after every epoch, and what an epoch took. A replayed search draws them in an order of its
own, serves its workers on a simulated clock (building and tracing first, then the epochs), and after each
epoch asks one of cnnsearch's pruners, or a rule of `replay.rules`, whether the trial goes on. What is
measured is what the search would hand over if it ended at that moment: of the trials that were trained to
their end, and of those just under way, the best.

A rule is chosen on one half of a table's trials and has to hold on the other, and on the other tables: each
half is replayed by itself, in many orders. `mnist14` is 3,300 of MNIST's digits, averaged to 14x14.

What this leaves out: the sampler draws at random, so that what it would have learned from more, shorter
trials is not counted; each candidate was trained with one seed, so that a part of what sets the best apart is
chance; the finalists' training at the end of a search costs the same under every rule.
"""
