"""The space dialect: reading, checking and parsing a YAML file into a search space."""
