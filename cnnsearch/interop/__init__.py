"""Bridges: a cnnsearch space in KerasTuner, and KerasTuner's hypermodels in a cnnsearch search."""
