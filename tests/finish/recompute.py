"""Compute a bundle's test accuracy with plain Keras, in a separate process without cnnsearch.

Arguments: the bundle, and the .npy files of the test examples and of their classes.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

if __name__ == "__main__":
    bundle, x, y = Path(sys.argv[1]), np.load(sys.argv[2]), np.load(sys.argv[3])
    model = keras.saving.load_model(bundle / "model.keras", safe_mode=True)
    probabilities = model.predict(x, verbose=0)
    accuracy = float(np.mean(probabilities.argmax(axis=1) == y))
    sums = float(np.abs(probabilities.sum(axis=1) - 1).max())
    dtypes = {layer.compute_dtype for layer in model.layers}
    known = {"accuracy": accuracy, "off_by": sums, "dtypes": sorted(dtypes), "compiled": model.compiled}
    print(json.dumps({**known, "foreign": "cnnsearch" in sys.modules}))
