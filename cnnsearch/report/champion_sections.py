"""Findings -> the sections on the champion: its network, scores, errors, and the inside of the network.

A section without content gives the reason in one line, or is omitted.
"""

from cnnsearch.architecture import analyze
from cnnsearch.bundle.metrics import FinalistMetrics
from cnnsearch.page import formatting, pictures
from cnnsearch.page.parts import TALL, Drawing, Gallery, PageSection, Part, Picture, Table, Text
from cnnsearch.report.diagram import draw_maps, draw_network
from cnnsearch.report.findings import Findings
from cnnsearch.report.interpretation import FeatureMaps, HeatMap, Interpretation
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.report import TaskReport
from cnnsearch.tasks.scores import Score, Spread


def champion_sections(findings: Findings, interpretation: Interpretation) -> list[PageSection]:
    """Return the sections on the champion that have content.

    Args:
        findings: The study.
        interpretation: The interpretation of the champion, computed by a process with Keras.
    """
    sections = (
        network_section(findings),
        finalists(findings),
        mistakes(findings),
        inside(findings, interpretation),
    )
    return [section for section in sections if section is not None]


def _positions(field: int | str) -> str:
    """Format a receptive field, such as 1,024 or 7×3."""
    return f"{field:,}" if isinstance(field, int) else field.replace("x", "×")


def network_section(findings: Findings) -> PageSection | None:
    """Return the champion's network as diagrams and as a table."""
    architecture = findings.architecture
    if architecture is None:
        return None
    analysis = analyze(architecture)
    rows = [
        (
            layer.name,
            layer.type.replace("_", " "),
            formatting.shape(layer.output_shape),
            f"{layer.num_weights:,}",
            f"{layer.macs:,}",
            _positions(layer.receptive_field),
        )
        for layer in analysis.layers
    ]
    columns = ("layer", "type", "output", "weights", "MACs", "receptive field")
    total = ("total", "", "", f"{analysis.num_weights:,}", f"{analysis.macs:,}", "")
    table = Table(
        columns,
        [*rows, total],
        f"{formatting.plural(len(rows), 'layer')}; {formatting.size(analysis.activation_bytes)} of "
        "activations for one example. MACs are the multiply-accumulates of its forward pass.",
        is_tall=len(rows) > TALL,
    )
    maps = Drawing(draw_maps(architecture), "Feature maps; side and depth on a logarithmic scale.")
    drawn = Drawing(
        draw_network(architecture),
        "Layers, with normalization and activation in the same box, and branches side by side; × is the "
        "number of repeats. A dashed line is a skip connection. Below each title: the output shape.",
    )
    return PageSection("network", "The network", (maps, drawn, table))


def finalists(findings: Findings) -> PageSection | None:
    """Return the scores of the finalists in the search, over retrainings and on the test split."""
    metrics, report = findings.metrics, findings.summary.task.report()
    if metrics is None:
        return None
    main = metrics.main
    extra = list(report.columns(metrics.champion.details))
    rows = [_finalist_row(finalist, main, report) for finalist in metrics.finalists]
    chosen = metrics.finalists.index(metrics.champion)
    columns = (
        "trial", "searched", "retrained (n)", "test (95 %)", *extra, "weights", "file", "latency (p95)",
    )  # fmt: skip
    note = (
        f"Searched: validation {main.title} in the search, biased upward as the best of many. Retrained: "
        "mean and standard deviation over n fresh seeds, on which the choice of the champion is based. Test: "
        f"with 95 % interval. {report.column_notes()} Rule: {metrics.rule}."
    )
    return PageSection("finalists", "Finalists", (Table(columns, rows, note, marked=chosen),))


def _finalist_row(finalist: FinalistMetrics, main: Metric, report: TaskReport) -> tuple[str, ...]:
    searched, latency = finalist.searched.get(main.name), finalist.latency
    return (
        str(finalist.trial),
        formatting.measured(main.unit, searched.value if searched else None),
        _retrained(finalist.over_seeds(main.name), main),
        _tested(finalist.test[main.name], main),
        *report.columns(finalist.details).values(),
        formatting.short(finalist.num_weights),
        formatting.size(finalist.file_size),
        f"{formatting.duration(latency.median)} ({formatting.duration(latency.p95)})",
    )


def _retrained(spread: Spread | None, main: Metric) -> str:
    if spread is None:
        return "–"
    deviation = "" if spread.std is None else f" ± {_number(main, spread.std)}"
    return f"{formatting.measured(main.unit, spread.mean)}{deviation} ({spread.n})"


def _tested(score: Score, main: Metric) -> str:
    ends = ""
    if score.interval:
        low, high = score.interval
        digits = 1 if main.unit == "share" else 2
        ends = f" ({_number(main, low, digits)} – {_number(main, high, digits)})"
    return f"{formatting.measured(main.unit, score.value)}{ends}"


def _number(main: Metric, value: float, digits: int = 2) -> str:
    """Return a value without its unit."""
    return f"{100 * value:.{digits}f}" if main.unit == "share" else f"{value:.4g}"


def mistakes(findings: Findings) -> PageSection | None:
    """Return the champion's errors on the test split."""
    evidence, metrics = findings.evidence, findings.metrics
    if metrics is None:
        return None
    if evidence is None:
        nothing = Text("The bundle has no predictions on the test split.")
        return PageSection("mistakes", "Errors", (nothing,))
    parts = findings.summary.task.report().parts(evidence, metrics.details)
    if len(evidence.worst_truth):
        parts.append(_worst(findings, evidence))
    return PageSection("mistakes", "Errors", tuple(parts))


def _worst(findings: Findings, evidence: Evidence) -> Gallery:
    summary, task = findings.summary, findings.summary.task
    report, ends = task.report(), summary.values.ends
    examples = zip(evidence.worst_x, evidence.worst_truth, evidence.worst_predictions, strict=True)
    shown = tuple(
        Picture(pictures.example(x, ends), f"{task.text(truth)}, predicted {report.predicted(row)}")
        for x, truth, row in examples
    )
    side = 180 if pictures.is_wide(evidence.worst_x[0]) else 120
    return Gallery(shown, report.worst_caption(), side)


def inside(findings: Findings, interpretation: Interpretation) -> PageSection | None:
    """Return the champion's filters, feature maps and Grad-CAM."""
    if findings.metrics is None:
        return None
    if interpretation.sample is None:
        return PageSection("inside", "Inside the network", (Text(interpretation.reasons["maps"]),))
    parts: list[Part] = [_filters(interpretation) or Text(f"No filters: {interpretation.reasons['filters']}")]
    parts += [_feature_maps(findings, interpretation, maps) for maps in interpretation.maps]
    parts.append(_heats(findings, interpretation) or Text(f"No Grad-CAM: {interpretation.reasons['heats']}"))
    return PageSection("inside", "Inside the network", tuple(parts))


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
    ends = summary.values.ends
    first = Picture(pictures.example(interpretation.sample, ends), interpretation.sample_text)
    shown = tuple(Picture(pictures.plane(maps.values[..., n])) for n in range(maps.values.shape[-1]))
    some = f"the {len(shown)} with the largest variation of " if len(shown) < maps.channels else ""
    caption = (
        f"{maps.title}: {some}{formatting.plural(maps.channels, 'feature map')} of the example on the left."
    )
    return Gallery((first, *shown), caption, side=72)


def _heats(findings: Findings, interpretation: Interpretation) -> Gallery | None:
    summary = findings.summary

    def drawn(heat: HeatMap) -> Picture:
        source = pictures.heat(heat.example, heat.values, summary.values.ends)
        return Picture(source, f"{heat.truth}, predicted {heat.predicted}", is_smooth=True)

    heats = interpretation.heats
    if not heats:
        return None
    return Gallery(
        tuple(drawn(heat) for heat in heats),
        f"Grad-CAM (Selvaraju et al. 2017) at {interpretation.heat_layer}: the regions of "
        "validation examples that raise the predicted output.",
        180 if pictures.is_wide(heats[0].example) else 112,
    )
