"""A study's network as files that run elsewhere, each checked in its own runtime.

The command line calls `start.export`, which calls `write.write_exports` in a process of its own; that finds
the network (source.py), writes each file (one module a format), and compares it with Keras (comparison.py).
"""
