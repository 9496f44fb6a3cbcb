"""What a network is for: base.py has the seam, registry.py the tasks, and each task a folder of its own."""
