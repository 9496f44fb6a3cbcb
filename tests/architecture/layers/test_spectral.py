import pytest

from cnnsearch.architecture import layers
from cnnsearch.errors import InfeasibleArchitectureError


@pytest.mark.parametrize(("window", "bins"), [(2, 2), (7, 4), (256, 129)])
def test_a_frame_gives_half_as_many_frequencies_as_samples(window, bins):
    assert layers.Spectrogram(window, 1, 80.0).output_shape((300, 1))[0] == bins


@pytest.mark.parametrize(("samples", "frames"), [(8, 1), (10, 1), (11, 2), (20, 5)])
def test_only_whole_frames_count(samples, frames):
    assert layers.Spectrogram(8, 3, 80.0).output_shape((samples, 2)) == (5, frames, 2)


def test_a_spectrogram_is_of_signals():
    with pytest.raises(InfeasibleArchitectureError, match="the input has 2 dimensions"):
        layers.Spectrogram(8, 3, 80.0).output_shape((20, 20, 1))


def test_a_spectrogram_multiplies_each_frame_with_a_cosine_and_a_sine_a_frequency():
    layer = layers.Spectrogram(8, 4, 80.0)
    assert layer.num_weights((20, 2)) == (0, 0)
    assert layer.macs((5, 4, 2), (20, 2)) == 2 * 5 * 8 * 4 * 2
