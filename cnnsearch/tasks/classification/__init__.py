"""Classification: one label for each example, among classes that exclude each other."""
