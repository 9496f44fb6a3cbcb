"""What is in hand after a given time: `PYTHONPATH=benchmarks python -m anytime --data cifar10=cifar10/ ...`.

For each dataset, budget and seed two processes run one after the other, with nothing beside them: `cnnsearch
search auto --timeout BUDGET --warm-start none`, and the network of TensorFlow's beginner tutorial on images
(three convolutions, Adam, batches of 32), trained by plain Keras for as many seconds from the start of its
process, of which the epoch best on validation is taken. Both read the same splits; pictures from folders are
decoded by each. `--tools recommended` runs cnnsearch with default settings, which begins with networks that
did well on other data; the shipped experience of the dataset's origin is left out. `--tools unaided` has
neither these nor the baselines of `auto`.

A leg is a JSON file in the results folder; what is there is not run again, so a long comparison goes on where
it stopped.
"""
