"""Hypermodels in the style of KerasTuner's users."""

import keras
import keras_tuner

NOT_CALLABLE = 3


def network(units, *, loss="sparse_categorical_crossentropy", metrics=("accuracy",)):
    layers = [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(units), keras.layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=list(metrics))
    return model


def build_model(hp):
    return network(hp.Int("units", 8, 16, step=8))


def build_one_hot(hp):
    return network(8, loss=keras.losses.CategoricalCrossentropy())


def build_logits(hp):
    """As TensorFlow's own tutorial of KerasTuner does."""
    layers = [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(hp.Int("units", 16, 32)), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def build_logits_without_a_word(hp):
    model = build_logits(hp)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def one_output(activation, loss):
    layers = [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(1, activation)])
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def build_one_probability(hp):
    hp.Int("unused", 0, 9)
    return one_output("sigmoid", "binary_crossentropy")


def build_one_logit(hp):
    return one_output(None, keras.losses.BinaryCrossentropy(from_logits=True))


def build_two_outputs(hp):
    given = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(given)
    return keras.Model(given, [keras.layers.Dense(10)(flat), keras.layers.Dense(10)(flat)])


def build_wide(hp):
    return keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(12, "softmax")]
    )


def build_without_metrics(hp):
    return network(8, metrics=())


def build_diverging(hp):
    model = network(8)
    model.optimizer.learning_rate = float("nan")
    return model


def build_failing(hp):
    raise keras_tuner.errors.FailedTrialError("too slow")


def build_failing_once(hp):
    """Fail the first time in a process, to test that an infeasible trial does not end its worker."""
    if build_failing_once.is_first:
        build_failing_once.is_first = False
        raise keras_tuner.errors.FailedTrialError("too slow")
    return network(hp.Int("units", 4, 8))


build_failing_once.is_first = True


def build_without_input(hp):
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Subclassed(keras.Model):
    """A network that is not a graph of layers."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(10)

    def call(self, inputs):
        return self.dense(keras.ops.reshape(inputs, (-1, 64)))


def build_subclassed(hp):
    return Subclassed()


def build_nothing(hp):
    return None


class Conditional(keras_tuner.HyperModel):
    """Conditional scopes as in KerasTuner's guide."""

    def build(self, hp):
        kind = hp.Choice("kind", ["small", "large"])
        units = 0
        with hp.conditional_scope("kind", ["small"]):
            if kind == "small":
                units = hp.Int("units", 2, 4)
        with hp.conditional_scope("kind", ["large"]):
            if kind == "large":
                units = hp.Int("units", 16, 32)
        return network(units)


class OwnFit(keras_tuner.HyperModel):
    """A `fit` with an additional hyperparameter."""

    def build(self, hp):
        return network(8)

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, batch_size=hp.Choice("batch_size", [64, 128]), **kwargs)


class OwnLoop(keras_tuner.HyperModel):
    """A custom training loop that calls no callback and returns a dict."""

    def build(self, hp):
        return network(8)

    def fit(self, hp, model, x, y, validation_data, **kwargs):
        model.train_on_batch(x, y)
        loss, accuracy = model.evaluate(*validation_data, verbose=0)
        return {"val_loss": loss, "val_accuracy": accuracy}


class Stubborn(keras_tuner.HyperModel):
    """A loop that ignores `stop_training` and catches exceptions of its epochs."""

    def build(self, hp):
        return network(8)

    def fit(self, hp, model, *args, epochs, **kwargs):
        for _ in range(epochs):
            try:
                history = model.fit(*args, epochs=1, **kwargs)
            except Exception:
                continue
        return history


def build_of_any_size(hp):
    return network(hp.Int("units", 1, 512))


def build_unsteady(hp):
    return network(8 * hp.Choice("units", [1, 2] if hp.Boolean("wide") else [1, 3]))
