"""How a search ends: the best trials are trained again, one is chosen, tested and written as the bundle."""
