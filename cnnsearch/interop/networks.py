"""Architecture -> keras.Model, whether a space or a hypermodel describes it."""

import keras

from cnnsearch.architecture import Architecture
from cnnsearch.models.build import build_model


def build_any(architecture: Architecture) -> keras.Model:
    """Builds a network with new weights; a hypermodel's module is imported for it."""
    if architecture.recipe is None:
        return build_model(architecture)
    from cnnsearch.interop.recipes import build_recipe  # KerasTuner takes a second to import

    return build_recipe(architecture.recipe, architecture.input.shape)
