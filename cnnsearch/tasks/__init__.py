"""What a network is for: base.py has the interface, registry.py the tasks, and each task has its folder."""
