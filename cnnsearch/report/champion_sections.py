"""Findings -> the sections on the champion: its network, how good it is, where it errs, what it sees.

A section that has nothing says why in a line, or is left out.
"""

from cnnsearch.architecture import analyze
from cnnsearch.bundle.metrics import Calibration, ClassificationDetails, FinalistMetrics, Score, Spread
from cnnsearch.report import formatting, pictures, quality
from cnnsearch.report.diagram import draw_maps, draw_network
from cnnsearch.report.findings import Findings
from cnnsearch.report.interpretation import FeatureMaps, HeatMap, Interpretation
from cnnsearch.report.parts import Drawing, Gallery, PageSection, Part, Picture, Plot, Table, Text
from cnnsearch.tasks.classification.metrics import ACCURACY

TALL = 24
"""Rows above which a table scrolls."""


def champion_sections(findings: Findings, interpretation: Interpretation) -> list[PageSection]:
    """The sections on the champion that have something to say.

    Args:
        findings: The study.
        interpretation: What a process with Keras found out about the champion.
    """
    made = (
        network_section(findings),
        finalists(findings),
        mistakes(findings),
        inside(findings, interpretation),
    )
    return [section for section in made if section is not None]


def network_section(findings: Findings) -> PageSection | None:
    """The champion's network, drawn and as a table."""
    architecture = findings.architecture
    if architecture is None or architecture.recipe is not None:  # a hypermodel's layers are not described
        return None
    analysis = analyze(architecture)
    rows = [
        (
            layer.name,
            layer.type.replace("_", " "),
            formatting.shape(layer.output_shape),
            f"{layer.num_weights:,}",
            f"{layer.macs:,}",
            f"{layer.receptive_field:,}",
        )
        for layer in analysis.layers
    ]
    columns = ("layer", "type", "output", "weights", "MACs", "receptive field")
    total = ("in all", "", "", f"{analysis.num_weights:,}", f"{analysis.macs:,}", "")
    table = Table(
        columns,
        [*rows, total],
        f"{formatting.plural(len(rows), 'layer')}; {formatting.size(analysis.activation_bytes)} of "
        "activations for one example. MACs are multiply-accumulates of one example's forward pass.",
        is_tall=len(rows) > TALL,
    )
    maps = Drawing(draw_maps(architecture), "Feature maps; sides and depth by the logarithm of their sizes.")
    drawn = Drawing(
        draw_network(architecture),
        "Layers with what follows them, branches side by side; × says how often a part occurs in a row. "
        "Under each title: the shape it ends in.",
    )
    return PageSection("network", "The network", (maps, drawn, table))


def finalists(findings: Findings) -> PageSection | None:
    """Searched, trained again and tested, side by side."""
    metrics = findings.metrics
    if metrics is None:
        return None
    rows = [_finalist_row(finalist) for finalist in metrics.finalists]
    chosen = metrics.finalists.index(metrics.champion)
    columns = (
        "trial", "searched", "trained again (n)", "test (95 %)", "ECE (with temperature)",
        "weights", "file", "latency (p95)",
    )  # fmt: skip
    note = (
        "Searched: validation accuracy as the search saw it, the best of many and so too high. Trained "
        "again: mean and standard deviation over n fresh seeds, by which the champion was chosen. Test: with "
        "its Wilson interval. ECE: expected calibration error on the test split, and what a temperature "
        f"fitted on validation leaves of it. Rule: {metrics.rule}."
    )
    return PageSection("finalists", "Finalists", (Table(columns, rows, note, marked=chosen),))


def _finalist_row(finalist: FinalistMetrics) -> tuple[str, ...]:
    searched, latency = finalist.searched.get(ACCURACY.name), finalist.latency
    return (
        str(finalist.trial),
        formatting.percent(searched.value) if searched else "–",
        _retrained(finalist.over_seeds(ACCURACY.name)),
        _tested(finalist.test[ACCURACY.name]),
        _calibrated(finalist.details.calibration),
        formatting.short(finalist.num_weights),
        formatting.size(finalist.file_size),
        f"{formatting.duration(latency.median)} ({formatting.duration(latency.p95)})",
    )


def _retrained(spread: Spread | None) -> str:
    if spread is None:
        return "–"
    deviation = f" ± {100 * spread.std:.2f}" if spread.std is not None else ""
    return f"{formatting.percent(spread.mean)}{deviation} ({spread.n})"


def _calibrated(calibration: Calibration | None) -> str:
    return "–" if calibration is None else f"{calibration.ece:.4f} ({calibration.ece_after:.4f})"


def _tested(score: Score) -> str:
    ends = f" ({100 * score.interval[0]:.1f} – {100 * score.interval[1]:.1f})" if score.interval else ""
    return f"{formatting.percent(score.value)}{ends}"


def mistakes(findings: Findings) -> PageSection | None:
    """Where the champion errs on the test split."""
    evidence, labels = findings.evidence, findings.summary.labels
    if findings.metrics is None:
        return None
    if evidence is None:
        return PageSection(
            "mistakes",
            "Where it errs",
            (Text("The bundle keeps no answers on the test split to look into."),),
        )
    parts: list[Part] = [Plot(quality.confusion_figure(evidence, labels))]
    pairs = quality.confused_pairs(evidence, labels)
    parts += [pairs] if pairs else [Text("No test example was mistaken.")]
    parts += [_wrong(findings)] if len(evidence.wrong_truth) else []
    parts.append(Plot(quality.reliability_figure(evidence)))
    parts.append(_by_class(findings.metrics.details))
    return PageSection("mistakes", "Where it errs", tuple(parts))


def _wrong(findings: Findings) -> Gallery:
    """The most confidently wrong test examples."""
    evidence, summary = findings.evidence, findings.summary
    assert evidence is not None
    ends = summary.value_low, summary.value_high
    shown = []
    for x, truth, row in zip(
        evidence.wrong_x, evidence.wrong_truth, evidence.wrong_probabilities, strict=True
    ):
        guess = int(row.argmax())
        caption = (
            f"{pictures.class_label(summary.labels, int(truth))}, taken for "
            f"{pictures.class_label(summary.labels, guess)} ({formatting.percent(float(row[guess]), 0)})"
        )
        shown.append(Picture(pictures.example(x, ends), caption))
    side = 180 if pictures.is_wide(evidence.wrong_x[0]) else 120
    return Gallery(tuple(shown), "The most confidently wrong test examples.", side)


def _by_class(details: ClassificationDetails) -> Table:
    rows = [
        (label, formatting.percent(of.precision, 1), formatting.percent(of.recall, 1), f"{of.support:,}")
        for label, of in details.per_class.items()
    ]
    columns = ("class", "precision", "recall", "test examples")
    return Table(columns, rows, "By class, on the test split.", is_tall=len(rows) > TALL)


def inside(findings: Findings, interpretation: Interpretation) -> PageSection | None:
    """What the champion has learned to see."""
    if findings.metrics is None:
        return None
    if interpretation.sample is None:
        return PageSection("inside", "What it sees", (Text(interpretation.reasons["maps"]),))
    parts: list[Part] = [_filters(interpretation) or Text(f"No filters: {interpretation.reasons['filters']}")]
    parts += [_feature_maps(findings, interpretation, maps) for maps in interpretation.maps]
    parts.append(_heats(findings, interpretation) or Text(f"No Grad-CAM: {interpretation.reasons['heats']}"))
    return PageSection("inside", "What it sees", tuple(parts))


def _filters(interpretation: Interpretation) -> Gallery | None:
    if interpretation.filters is None:
        return None
    count = interpretation.filters.shape[-1]
    shown = tuple(Picture(pictures.kernel(interpretation.filters[..., n])) for n in range(count))
    colours = "in colour" if interpretation.filters.shape[-2] == 3 else "blue below zero, orange above"
    return Gallery(shown, f"The first layer's filters ({interpretation.filters_layer}), {colours}.", side=56)


def _feature_maps(findings: Findings, interpretation: Interpretation, maps: FeatureMaps) -> Gallery:
    assert interpretation.sample is not None
    summary = findings.summary
    ends = summary.value_low, summary.value_high
    first = Picture(
        pictures.example(interpretation.sample, ends), summary.labels[interpretation.sample_label]
    )
    shown = tuple(Picture(pictures.plane(maps.values[..., n])) for n in range(maps.values.shape[-1]))
    some = f"the {len(shown)} liveliest of " if len(shown) < maps.channels else ""
    caption = (
        f"{maps.title}: {some}{formatting.plural(maps.channels, 'feature map')} of the example on the left."
    )
    return Gallery((first, *shown), caption, side=72)


def _heats(findings: Findings, interpretation: Interpretation) -> Gallery | None:
    summary = findings.summary

    def drawn(heat: HeatMap) -> Picture:
        guess, really = (pictures.class_label(summary.labels, n) for n in (heat.predicted, heat.truth))
        truth = "" if heat.truth == heat.predicted else f", really {really}"
        source = pictures.heat(heat.example, heat.values, (summary.value_low, summary.value_high))
        return Picture(source, f"{guess} ({formatting.percent(heat.probability, 0)}){truth}", is_smooth=True)

    heats = interpretation.heats
    if not heats:
        return None
    return Gallery(
        tuple(drawn(heat) for heat in heats),
        f"Grad-CAM (Selvaraju et al. 2017) at {interpretation.heat_layer}: where validation examples speak "
        "for the class that they were given.",
        180 if pictures.is_wide(heats[0].example) else 112,
    )
