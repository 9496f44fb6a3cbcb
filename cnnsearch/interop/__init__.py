"""KerasTuner: cnnsearch spaces as its hypermodels, and its hypermodels in a cnnsearch search."""
