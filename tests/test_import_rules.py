"""Dependencies point one way (docs/architecture.md), and heavy packages are imported in few places."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import cnnsearch

ROOT = Path(cnnsearch.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

BASE = {
    "errors",
    "suggestions",
    "version",
    "caching",
    "files",
    "durations",
    "verbosity",
    "processes",
    "cores",
    "rpc",
    "architecture",
    "plan",
    "page",
    "tasks",
}
ENDS = {"bundle", "finish", "report", "export", "predict", "tracking", "knowledge"}
"""What is made of a study's records; cnnsearch.api and the command line are above them."""
ALLOWED = {
    "errors": set(),
    "suggestions": set(),
    "version": set(),
    "caching": set(),
    "files": set(),
    "durations": set(),
    "verbosity": set(),
    "processes": set(),
    "cores": {"processes"},
    "rpc": {"errors", "processes", "training.backend"},
    "architecture": {"errors"},
    "plan": set(),
    "page": {"durations"},
    "tasks": {"errors", "architecture", "plan", "page"},
    "space": {"errors", "suggestions", "architecture", "plan", "tasks"},
    "data": {"errors", "caching", "files", "rpc", "page", "tasks"},
    "models": {"errors", "architecture", "tasks"},
    "training": {
        "errors",
        "caching",
        "files",
        "cores",
        "architecture",
        "plan",
        "tasks",
        "space",
        "models",
        "data",
    },
    "interop": {"errors", "architecture", "plan", "tasks", "space", "data", "models", "training"},
    "worker": {"errors", "processes", "plan", "training", "interop"},
    "study": {
        "errors",
        "files",
        "durations",
        "tasks",
        "suggestions",
        "space",
        "data",
        "training.backend",
        "training.engine_use",
        "training.fidelity",
        "training.protocol",
        "training.store",
    },
    "search": {
        *BASE,
        "space",
        "data",
        "study",
        "training.engine_use",
        "training.fidelity",
        "training.structure",
        "training.protocol",
        "training.store",
        "training.backend",
    },
    "bundle": {*BASE, "space", "data", "models", "training", "study"},
    "tracking": {*BASE, "space", "data", "study", "training.backend"},
    "finish": {
        *BASE,
        "space",
        "data",
        "models",
        "training",
        "interop",
        "study",
        "search",
        "bundle",
        "tracking",
    },
    "report": {*BASE, "space", "data", "models", "training", "study", "search", "bundle"},
    "export": {*BASE, "space", "data", "models", "training", "study", "bundle", "finish"},
    "predict": {*BASE, "data", "training.backend", "study", "bundle", "tracking"},
    "knowledge": {*BASE, "space", "data", "study", "search", "finish", "bundle"},
    "api": {*BASE, "space", "data", "study", "search", "finish", "bundle", "knowledge"},
    "cli": {*BASE, "space", "data", "training.backend", "study", "search", "api", *ENDS},
}
"""What each part may import of the others; a part's own modules apart."""

MAY_IMPORT = {
    "mlflow": ("tracking",),
    "optuna": ("search.samplers", "search.instances", "search.optuna_study", "report.importance"),
    "keras": (
        "models",
        "training.backend",
        "training.batch_statistics",
        "tasks.classification.class_weights",
        "tasks.classification.training",
        "tasks.detection.training",
        "tasks.heatmaps",
        "tasks.in_parts",
        "tasks.instances.training",
        "tasks.keypoints.training",
        "tasks.regression.training",
        "tasks.segmentation.training",
        "tasks.tagging.training",
        "training.engines",
        "training.input_pipeline",
        "training.optimizers",
        "training.program",
        "training.step_clock",
        "training.step_counter",
        "training.step_timer",
        "training.job",
        "training.layer_seeds",
        "training.checkpoint",
        "training.devices",
        "data.sources.keras_download",
        "interop",
        "bundle.bundle",
        "finish.champion",
        "finish.finalists",
        "finish.latency",
        "export",
        "bundle.model_files",
        "bundle.probe",
        "report.grad_cam",
        "report.interpret",
    ),
    "h5py": ("bundle.weight_checks",),
    "keras_tuner": ("interop",),
    "onnx": ("export.onnx_file",),
    "onnxruntime": ("export.onnx_file",),
    "ai_edge_litert": ("export.litert_file",),
    "tensorflow": ("export", "training.input_pipeline", "finish.latency", "report.grad_cam"),
    "jax": ("finish.latency", "report.grad_cam", "training.engines.compiled"),
    "torch": (),
    "ruamel": ("space.dialect", "study.settings", "data.sources.yolo_settings"),
    "PIL": ("data", "training.augmentation.picture", "page.pictures", "page.overlays", "page.png"),
    "sklearn": ("data", "tasks.classification.results", "tasks.tagging.results"),
}
"""Who may import a package; None of these is imported anywhere else."""
NEVER_AT_THE_TOP = dict.fromkeys(("training.backend", "bundle.probe"), "keras")
EXCEPTIONS = {"search.mirror": "tracking"}
"""The mirror's own process, beside the driver, writes what tracking knows how to write."""


def name_of(file: Path) -> str:
    """A file's module, without `cnnsearch.`."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {f"cnnsearch.{name_of(file)}".removesuffix(".__init__").removesuffix("."): file for file in FILES}


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """The modules that a tree imports, those for type checkers apart."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)
        else:
            yield from imports(node)


def is_within(module: str, places: Iterator[str] | tuple[str, ...] | set[str]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def modules_imported(file: Path) -> set[str]:
    """The modules of this package that a file imports anywhere, for type checkers too."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return {name for name in found if name in MODULES}


def test_modules_import_only_what_is_before_them():
    wrong = []
    for file in FILES:
        module = name_of(file)
        part = module.split(".")[0]
        if part in ("__init__", "__main__", ""):
            continue
        allowed = {part} | ALLOWED[part] | {EXCEPTIONS.get(module, part)}
        own = (name.removeprefix("cnnsearch.") for name in modules_imported(file) if name != "cnnsearch")
        wrong += [f"{module} imports {name}" for name in own if not is_within(name, allowed)]
    assert wrong == []


def test_sampling_a_space_does_not_import_its_dialect():
    dialect = "cnnsearch.space.dialect"
    wrong = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if is_within(module, ("cnnsearch.space",)) and not is_within(module, (dialect,))
        for name in modules_imported(file)
        if is_within(name, (dialect,)) and module != "cnnsearch.space"  # the package exports load_space
    ]
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle():
    imported = {name: modules_imported(file) - {name} for name, file in MODULES.items()}
    TopologicalSorter(imported).prepare()  # raises a CycleError that names the circle


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_heavy_package_is_imported_in_its_own_place_only(package):
    importing = {
        name_of(file)
        for file in FILES
        for name, _ in imports(ast.parse(file.read_text()))
        if name.split(".")[0] == package
    }
    assert {module for module in importing if not is_within(module, MAY_IMPORT[package])} == set()


@pytest.mark.parametrize(("module", "package"), NEVER_AT_THE_TOP.items())
def test_some_import_it_only_when_they_are_asked(module, package):
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    at_the_top = [name for name, node in imports(tree) if node in tree.body]
    assert package not in at_the_top
