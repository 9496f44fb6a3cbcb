"""What comes out of a search: the champion, rebuilt and evaluated, and its bundle."""
