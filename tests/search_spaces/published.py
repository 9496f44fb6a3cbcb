"""The classic networks among the baselines: where each is published, and what it counts there."""

from functools import cache
from typing import NamedTuple

from cnnsearch.architecture import Architecture
from cnnsearch.space import SearchSpace, load_space


class Published(NamedTuple):
    """A network as its paper has it."""

    input_shape: tuple[int, ...]
    num_classes: int
    num_weights: int
    macs: int


PUBLISHED: dict[tuple[str, str], Published] = {
    ("lenet5", "lenet5"): Published((32, 32, 1), 10, 61_706, 416_520),
    ("alexnet", "alexnet"): Published((227, 227, 3), 1000, 60_965_224, 724_406_816),
    ("vgg", "vgg16"): Published((224, 224, 3), 1000, 138_357_544, 15_470_264_320),
    ("googlenet", "googlenet"): Published((224, 224, 3), 1000, 6_998_552, 1_582_671_872),
    ("resnet", "resnet18"): Published((224, 224, 3), 1000, 11_703_912, 1_814_073_344),
    ("resnet", "resnet50"): Published((224, 224, 3), 1000, 25_636_712, 3_857_973_248),
    ("mobilenet", "mobilenet_v1"): Published((224, 224, 3), 1000, 4_253_864, 568_740_352),
    ("mobilenet", "mobilenet_v2"): Published((224, 224, 3), 1000, 3_538_984, 300_774_272),
    ("densenet", "densenet121"): Published((224, 224, 3), 1000, 8_062_504, 2_834_161_664),
    ("allconv", "allcnn_c"): Published((32, 32, 3), 10, 1_369_738, 270_798_336),
    ("signal1d", "fcn"): Published((128, 1), 2, 265_986, 33_685_760),
    ("unet", "unet"): Published((572, 572, 1), 2, 31_030_658, 238_460_185_600),
    ("fcn", "fcn8s"): Published((500, 500, 3), 21, 134_368_589, 103_018_679_268),
    ("deeplab", "deeplab_v3plus"): Published((513, 513, 3), 21, 40_409_493, 71_376_918_976),
    ("volume3d", "voxnet"): Published((32, 32, 32, 1), 10, 917_866, 59_637_760),
}
"""By space and baseline; weights and MACs as this package counts them."""


@cache
def loaded(space: str) -> SearchSpace:
    """A shipped space, read once."""
    return load_space(space)


def architecture(space: str, baseline: str) -> Architecture:
    """A classic network on the input it is published for."""
    published = PUBLISHED[space, baseline]
    return sampled(space, baseline, published.input_shape, published.num_classes)


def sampled(
    space: str, baseline: str, shape: tuple[int, ...], num_classes: int, seed: int = 0
) -> Architecture:
    """A baseline's network; what the baseline leaves open is drawn at random."""
    candidate = loaded(space).sample_random(
        seed, input_shape=shape, num_classes=num_classes, baseline=baseline
    )
    return candidate.architecture
