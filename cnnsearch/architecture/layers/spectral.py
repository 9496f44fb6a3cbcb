"""Layers that turn a signal into a map over frequency and time."""

from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Shape
from cnnsearch.errors import InfeasibleArchitectureError


@dataclass(frozen=True, slots=True)
class Spectrogram(Layer):
    """Short-time Fourier transform of each channel of a signal: decibels over frequency and time.

    A frame is `window_size` samples without their mean, under a Hann window, and the next one begins `hop`
    samples later; only whole frames count. The loudest value of an example is 1, and `dynamic_range` decibels
    less and below are 0, so that the level of a recording does not matter. See Allen & Rabiner 1977, A
    unified approach to short-time Fourier analysis and synthesis, section II.
    """

    type = "spectrogram"
    begins_map = True
    window_size: int
    hop: int
    dynamic_range: float

    @property
    def bins(self) -> int:
        """Number of frequencies, from 0 to half the sampling rate."""
        return self.window_size // 2 + 1

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return `(bins, frames, channels)`.

        Raises:
            InfeasibleArchitectureError: The input is no signal, `(samples, channels)`.
        """
        if len(inputs[0]) != 2:
            raise InfeasibleArchitectureError(
                f"a spectrogram is of signals; the input has {len(inputs[0]) - 1} dimensions",
                limit="number of dimensions",
            )
        samples, channels = inputs[0]
        return self.bins, (samples - self.window_size) // self.hop + 1, channels

    def macs(self, output: Shape, *inputs: Shape) -> int:
        _, frames, channels = output
        return 2 * self.bins * self.window_size * frames * channels
