"""Train a trial's network with plain Keras, in a separate process.

Arguments: the study's folder, the trial's number, the epochs. Leaves weights.npz as a worker
does, and prints what it reached.
"""

import json
import sys
from pathlib import Path

import keras

from cnnsearch.data import open_stored
from cnnsearch.models.build import build_model
from cnnsearch.study.folder import Study
from cnnsearch.training.checkpoint import write_weights
from cnnsearch.training.store import WEIGHTS

if __name__ == "__main__":
    study, number, epochs = Study(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
    records, data = study.records(), open_stored(study.data_folder)
    keras.utils.set_random_seed(number)
    model = build_model(records[number].trial.candidate.architecture)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(data.train.x[:], data.train.y[:], epochs=epochs, verbose=0)
    loss, accuracy = model.evaluate(data.validation.x[:], data.validation.y[:], verbose=0)
    with (records.trial_folder(number) / WEIGHTS).open("wb") as file:
        write_weights(file, [weight.numpy() for weight in model.weights])
    print(json.dumps({"validation_loss": loss, "validation_accuracy": accuracy}))
