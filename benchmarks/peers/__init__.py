"""cnnsearch against what a Keras user could pick instead, on one machine, split, space and time budget.

    make bench-peers DATASET=digits SECONDS=150 SEEDS="0 1 2"
    make bench-peers DATASET=mnist10k MNIST10K=mnist10k.npz SECONDS=300
    make bench-peers-throughput DATASET=digits

Peers: KerasTuner's RandomSearch, Hyperband and BayesianOptimization, through SpaceHyperModel, with
EarlyStopping as KerasTuner's guide has it; Optuna with its TPE sampler and MedianPruner, a loop in the same
process, and a pruning callback in Keras as its tutorial has it; and `cnnsearch search --timeout`, which plans
how long each candidate is trained, where the others train up to 20 epochs. All else is as each tool has it by
default, but for two things in KerasTuner: it has no time limit, so the number of trials (and of Hyperband's
iterations) is unlimited and the search is ended from outside; and it gives up after 3 failed trials in a row,
which any space with infeasible networks has, so that is unlimited too.

cnnsearch begins with the space's baselines, as it does by default; `--baselines none` shows it without.

Each leg (tool, dataset, seed) is a process of its own, and a JSON file in the results folder; legs that are
there are not run again. Seconds count from the start of the leg's process, imports included. At the time
limit the epoch under way is ended, as cnnsearch does; what comes later is not in the curve.

What a tool reaches is judged on the network that it hands over, trained no further: KerasTuner's
get_best_models, the best complete trial of Optuna, cnnsearch's bundle.
"""
