"""The space dialect: reads a YAML file, checks it by the grammar, and parses it into a search space."""
