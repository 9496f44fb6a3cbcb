"""Where a picture is in an example: scaled with its aspect ratio, and centred."""

from typing import NamedTuple


class Placement(NamedTuple):
    """The place of a picture in an example, in pixels of the example.

    Attributes:
        left: Columns left of the picture.
        top: Rows above the picture.
        width: Width of the scaled picture.
        height: Height of the scaled picture.
    """

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, picture: tuple[int, int], example: tuple[int, int]) -> "Placement":
        """Return the place of a picture.

        Args:
            picture: `(height, width)` of the upright picture.
            example: `(height, width)` of the example.
        """
        scale = min(example[1] / picture[1], example[0] / picture[0])
        width, height = max(1, round(picture[1] * scale)), max(1, round(picture[0] * scale))
        return cls((example[1] - width) // 2, (example[0] - height) // 2, width, height)
