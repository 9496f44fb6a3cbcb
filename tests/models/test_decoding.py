"""The predictions of a network as part of its model."""

import keras
import numpy as np
import pytest
from keras import ops

from cnnsearch.architecture.network import output_stride
from cnnsearch.bundle.model_checks import check_model_file
from cnnsearch.models.build import build_model, with_decoding
from cnnsearch.space import load_space
from cnnsearch.tasks.detection.task import Detection
from cnnsearch.tasks.instances.task import Instances
from cnnsearch.tasks.keypoints.task import Keypoints
from cnnsearch.tasks.segmentation.task import Segmentation

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras

LABELS = ("a", "b", "c")
TASKS = {
    "detection": (Detection(labels=LABELS), (100, 6)),
    "one instance": (Keypoints(labels=LABELS, size=(29, 34)), (1, 3, 3)),
    "several instances": (Keypoints(labels=LABELS, size=(29, 34), has_several=True), (20, 3, 3)),
    "instances": (Instances(labels=LABELS, things=(1, 2)), (29, 34, 3)),
}


def network(task):
    space = load_space("auto_dense")
    candidate = space.sample_random(0, input_shape=(29, 34, 3), task=task, baseline="resnet_small")
    keras.utils.set_random_seed(0)
    return build_model(candidate.architecture), candidate.architecture


@pytest.mark.parametrize("name", TASKS)
def test_a_model_predicts_what_its_outputs_stand_for(name, tmp_path):
    task, shape = TASKS[name]
    model, architecture = network(task)
    whole = with_decoding(model, architecture, task)
    assert whole.output_shape == (None, *shape)
    x = np.random.default_rng(0).integers(0, 256, (2, 29, 34, 3)).astype(np.float32)
    outputs = model.predict(x, verbose=0)
    if name == "instances":  # some centres, which an untrained network lacks
        outputs[:, 10, 10, 3] = outputs[:, 20, 25, 3] = 0.9
        outputs[:, 5:15, 5:15, :3] = (0.1, 0.7, 0.2)
    given = keras.Input(outputs.shape[1:])
    decoding = keras.Model(given, task.decoded(given, output_stride(architecture)))
    expected = ops.convert_to_numpy(task.decoded(ops.convert_to_tensor(outputs), output_stride(architecture)))
    np.testing.assert_allclose(decoding.predict(outputs, verbose=0), expected, atol=1e-4)
    assert expected[..., -1].any()
    whole.save(tmp_path / "model.keras")
    check_model_file(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), whole.predict(x, verbose=0), atol=1e-5)


def test_classes_of_positions_need_no_decoding():
    task = Segmentation(labels=LABELS)
    model, architecture = network(task)
    assert with_decoding(model, architecture, task) is model


@pytest.mark.parametrize("name", TASKS)
def test_a_network_of_open_size_predicts_examples_of_any_size(name):
    task, shape = TASKS[name]
    _, architecture = network(task)
    opened = architecture.input.model_copy(update={"size": "open"})
    architecture = architecture.model_copy(update={"input": opened})
    whole = with_decoding(build_model(architecture), architecture, task)
    found = whole.predict(np.zeros((1, 45, 61, 3), np.float32), verbose=0)
    assert found.shape == (1, *((45, 61, 3) if name == "instances" else shape))
