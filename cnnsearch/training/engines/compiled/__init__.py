"""The engine that compiles an epoch as one program, and trains networks of one architecture together."""
