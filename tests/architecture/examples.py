"""One block of every word, with fields that are not its defaults."""

from cnnsearch.architecture import blocks as b

INCEPTION = b.Inception(
    filters_1x1=2, filters_3x3_reduce=3, filters_3x3=4, filters_5x5_reduce=1, filters_5x5=2, filters_pool=2
)
EXAMPLES = {
    "conv": b.Conv(filters=6, padding="full", normalization=b.Group(groups=2), spatial_dropout=0.1),
    "separable_conv": b.SeparableConv(filters=6, depth_multiplier=2, normalization=b.Instance()),
    "depthwise_conv": b.DepthwiseConv(depth_multiplier=2, activation="mish", dropout=0.5),
    "tiled_conv": b.TiledConv(filters=2, tiles=2, kernel_size=3, padding="valid"),
    "unshared_conv": b.UnsharedConv(filters=2, padding="valid"),
    "strided_conv": b.StridedConv(filters=6, normalization=b.BatchNorm(momentum=0.5)),
    "residual": b.Residual(
        filters=4, bottleneck=True, pre_activation=True, squeeze_excitation=True, dilation_rate=2
    ),
    "inverted_residual": b.InvertedResidual(filters=4, squeeze_excitation=True, stochastic_depth=0.2),
    "convnext": b.ConvNeXt(filters=6, stochastic_depth=0.5, kernel_size=3),
    "inception": INCEPTION,
    "dense_block": b.DenseBlock(layers=2, growth_rate=3, strides=2),
    "aspp": b.AtrousPyramid(filters=4, rate=2, levels=2, normalization=b.BatchNorm(), dropout=0.1),
    "parallel": b.Parallel(
        branches=(b.Series(blocks=(b.Conv(filters=2), b.MinPool())), b.StridedConv(filters=2))
    ),
    "series": b.Series(name="two", blocks=(b.Conv(filters=2, name="one"), b.LocalResponse(beta=0.5))),
    "max_pool": b.MaxPool(pool_size=3, strides=2, padding="same"),
    "average_pool": b.AveragePool(),
    "min_pool": b.MinPool(pool_size=2, strides=1),
    "local_response": b.LocalResponse(depth_radius=1),
}
