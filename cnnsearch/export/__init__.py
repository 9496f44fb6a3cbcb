"""Export of a study's network to other formats; each file is checked in its own runtime.

The command line calls `start.export`, which calls `write.write_exports` in a separate process. That finds the
network (source.py), writes each file (one module per format), and compares it with Keras (comparison.py).
"""
