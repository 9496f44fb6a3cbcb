"""The end of a search: retrain the best trials, choose one, test it and write it as the bundle."""
