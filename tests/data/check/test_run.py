"""What `check_data` finds, on pictures made on the spot, each with the one fault that is looked for."""

import shutil

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.check import Report, check_data
from cnnsearch.errors import DataError
from tests.data.check.drawings import draw, fill, put, three_parts, two_classes


def findings(source, kind, **options):
    """The findings of one kind."""
    report = check_data(source, **options).report
    return [finding for finding in report.findings if finding.kind == kind]


def kinds(source):
    return [(finding.kind, finding.severity) for finding in check_data(source).report.findings]


def test_clean_data_has_no_findings(tmp_path):
    assert check_data(three_parts(tmp_path / "data")).report.findings == ()


@pytest.mark.parametrize(
    ("task", "targets"), [("classification", "2 classes (classification)"), ("tagging", "2 tags (tagging)")]
)
def test_a_given_task_decides_ambiguous_targets(tmp_path, task, targets):
    draws = np.random.default_rng(0)
    file = tmp_path / "data.npz"
    np.savez(file, x=draws.random((20, 6)), y=np.eye(2, dtype=int)[np.arange(20) % 2])
    with pytest.raises(DataError, match="--task classification or --task tagging"):
        check_data(file)
    assert check_data(file, task=task).report.targets == targets


def test_clean_data_has_no_worst_severity(tmp_path):
    assert check_data(two_classes(tmp_path / "data")).report.worst is None


def test_examples_are_counted_by_part_and_class(tmp_path):
    root = three_parts(tmp_path / "data", count=5)
    fill(root / "train" / "cat", 50, 2)
    counts = check_data(root).report.counts
    assert counts == {
        "train": {"cat": 7, "dog": 5},
        "validation": {"cat": 5, "dog": 5},
        "test": {"cat": 5, "dog": 5},
    }


def test_undivided_examples_are_counted_as_all(tmp_path):
    assert check_data(two_classes(tmp_path / "data")).report.counts == {"all": {"cat": 6, "dog": 6}}


def test_sizes_modes_and_formats_are_reported(tmp_path):
    root = two_classes(tmp_path / "data")
    put(root / "cat" / "grey.jpg", draw(50).convert("L").resize((80, 48)))
    report = check_data(root).report
    assert (report.widths.least, report.widths.median, report.widths.greatest) == (64, 64, 80)
    assert (report.heights.least, report.heights.greatest) == (48, 64)
    assert report.modes == {"RGB": 12, "L": 1}
    assert report.formats == {"PNG": 12, "JPEG": 1}


def test_an_unreadable_file_is_an_error_with_its_reason(tmp_path):
    root = two_classes(tmp_path / "data")
    whole = root / "cat" / "0.png"
    whole.write_bytes(whole.read_bytes()[:500])
    (root / "dog" / "1000.png").write_bytes(b"")
    [finding] = findings(root, "unreadable")
    assert (finding.severity, finding.count) == ("error", 2)
    assert finding.files == ("cat/0.png", "dog/1000.png")
    assert all(example.note for example in finding.examples)


def test_an_unreadable_file_is_not_counted(tmp_path):
    root = two_classes(tmp_path / "data")
    (root / "cat" / "0.png").write_bytes(b"")
    report = check_data(root).report
    assert report.examples == 12
    assert report.counts == {"all": {"cat": 5, "dog": 6}}


def test_a_copy_in_another_part_is_an_error(tmp_path):
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "train" / "cat" / "2.png", root / "test" / "cat" / "copy.png")
    [finding] = findings(root, "leak")
    assert (finding.severity, finding.count) == ("error", 1)
    assert finding.files == ("test/cat/copy.png", "train/cat/2.png")
    assert "1 test image is also in train, byte-identical" in finding.message


def test_a_near_duplicate_in_another_part_is_an_error(tmp_path):
    root = three_parts(tmp_path / "data")
    put(root / "validation" / "cat" / "again.jpg", draw(2), quality=60)
    [finding] = findings(root, "leak")
    assert finding.severity == "error"
    assert finding.files == ("validation/cat/again.jpg", "train/cat/2.png")


def test_of_small_pictures_a_near_duplicate_in_another_part_is_doubted(tmp_path):
    root = tmp_path / "data"
    for number, part in enumerate(("train", "test")):
        for seed in range(100 * number, 100 * number + 10):
            put(root / part / str(seed % 2) / f"{seed}.png", draw(seed, side=28))
    put(root / "test" / "0" / "again.jpg", draw(2, side=28), quality=80)
    [finding] = findings(root, "leak")
    assert finding.severity == "warning"
    assert "by chance" in finding.message


def test_duplicates_in_undivided_data_are_reported_with_the_option_for_them(tmp_path):
    root = two_classes(tmp_path / "data")
    shutil.copy(root / "cat" / "3.png", root / "cat" / "copy.png")
    [finding] = findings(root, "duplicates")
    assert finding.severity == "warning"
    assert finding.files == ("cat/3.png", "cat/copy.png")
    assert "--group-duplicates" in finding.message


def test_duplicates_within_a_given_part_are_a_note(tmp_path):
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "test" / "cat" / "202.png", root / "test" / "cat" / "copy.png")
    [finding] = findings(root, "duplicates")
    assert finding.severity == "note"


def test_a_finding_counts_all_and_shows_a_few(tmp_path):
    root = two_classes(tmp_path / "data", count=30)
    for seed in range(30):
        shutil.copy(root / "cat" / f"{seed}.png", root / "cat" / f"copy of {seed}.png")
    [finding] = findings(root, "duplicates")
    assert finding.count == 30
    assert len(finding.examples) == 20


def test_the_same_bytes_under_two_labels_are_reported_with_both(tmp_path):
    root = two_classes(tmp_path / "data")
    shutil.copy(root / "cat" / "3.png", root / "dog" / "copy.png")
    [finding] = findings(root, "label_conflict")
    assert finding.files == ("cat/3.png", "dog/copy.png")
    assert finding.examples[0].note == "cat / dog: 2 byte-identical"
    assert findings(root, "duplicates") == []


def test_a_leak_under_another_label_is_reported_as_both(tmp_path):
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "train" / "cat" / "2.png", root / "test" / "dog" / "copy.png")
    assert kinds(root) == [("leak", "error"), ("label_conflict", "warning")]


def test_imbalance_offers_the_balanced_weights(tmp_path):
    root = tmp_path / "data"
    fill(root / "cat", 0, 30)
    fill(root / "dog", 1000, 6)
    report = check_data(root).report
    [finding] = report.findings
    assert finding.kind == "imbalance"
    assert "5.0 times" in finding.message and "--class-weights balanced" in finding.message
    assert report.class_weights == {"cat": 0.6, "dog": 3.0}


def test_the_weights_are_those_of_the_training_set(tmp_path):
    root = three_parts(tmp_path / "data")
    fill(root / "test" / "dog", 5000, 40)
    assert check_data(root).report.class_weights == {"cat": 1.0, "dog": 1.0}


def test_an_empty_class_is_reported(tmp_path):
    root = two_classes(tmp_path / "data")
    (root / "bird").mkdir()
    [finding] = findings(root, "empty_class")
    assert finding.files == ("bird",)


def test_a_class_too_small_to_split_is_reported(tmp_path):
    root = two_classes(tmp_path / "data")
    fill(root / "bird", 500, 1)
    [finding] = findings(root, "few_examples")
    assert "bird (1)" in finding.message


def test_one_class_alone_is_an_error(tmp_path):
    fill(tmp_path / "data" / "cat", 0, 10)
    assert ("one_class", "error") in kinds(tmp_path / "data")


def test_blank_pictures_are_reported(tmp_path):
    root = two_classes(tmp_path / "data")
    put(root / "cat" / "blank.jpg", Image.new("RGB", (64, 64), (200, 10, 30)))
    [finding] = findings(root, "blank")
    assert finding.files == ("cat/blank.jpg",)


def test_tiny_pictures_are_reported(tmp_path):
    root = two_classes(tmp_path / "data")
    put(root / "cat" / "tiny.png", draw(50).resize((5, 5)))
    [finding] = findings(root, "tiny")
    assert (finding.files, finding.examples[0].note) == (("cat/tiny.png",), "5 x 5")


def test_long_pictures_are_reported(tmp_path):
    root = two_classes(tmp_path / "data")
    put(root / "cat" / "long.png", draw(50).resize((300, 30)))
    [finding] = findings(root, "elongated")
    assert (finding.files, finding.examples[0].note) == (("cat/long.png",), "300 x 30")


def test_what_nobody_means_to_train_on_is_a_note(tmp_path):
    root = two_classes(tmp_path / "data")
    for name in ("cat/.hidden.png", "__MACOSX/._0.png"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"")
    [finding] = findings(root, "left_out")
    assert finding.severity == "note"
    assert {example.note for example in finding.examples} == {"hidden", "__MACOSX"}


def test_a_link_back_into_the_folder_is_reported(tmp_path):
    root = two_classes(tmp_path / "data")
    (root / "cat" / "loop").symlink_to(root)
    [finding] = findings(root, "left_out")
    assert (finding.severity, finding.files) == ("warning", ("cat/loop",))


def test_the_worst_comes_first(tmp_path):
    root = three_parts(tmp_path / "data")
    (root / "train" / "cat" / ".hidden").touch()
    put(root / "train" / "cat" / "blank.png", Image.new("L", (64, 64)))
    (root / "train" / "dog" / "1000.png").write_bytes(b"")
    report = check_data(root).report
    assert [finding.severity for finding in report.findings] == ["error", "warning", "note"]
    assert report.worst == "error"


def test_a_manifest_is_checked_with_its_own_columns(tmp_path):
    root = two_classes(tmp_path / "data")
    lines = [f"{path.relative_to(root)},{path.parent.name}" for path in sorted(root.glob("*/*.png"))]
    (root / "all.csv").write_text("\n".join(["file,kind", *lines]) + "\n")
    report = check_data(root / "all.csv", columns={"path": "file", "label": "kind"}).report
    assert (report.origin, report.counts) == ("manifest", {"all": {"cat": 6, "dog": 6}})


def test_a_group_of_a_manifest_on_two_sides_is_an_error(tmp_path):
    root = two_classes(tmp_path / "data")
    lines = [
        f"{path.relative_to(root)},{path.parent.name},{part},{patient}"
        for path, part, patient in zip(
            sorted(root.glob("*/*.png")), ["train", "test"] * 6, ["anna"] * 3 + list("abcdefghi"), strict=True
        )
    ]
    (root / "all.csv").write_text("\n".join(["path,label,split,group", *lines]) + "\n")
    [finding] = findings(root / "all.csv", "leak")
    assert (finding.count, finding.examples[0].note) == (1, "group anna")
    assert finding.files == ("cat/0.png", "cat/1.png")


def test_names_that_are_not_utf8_are_printed_escaped(tmp_path):
    root = two_classes(tmp_path / "data")
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    (root / "cat" / name).write_bytes(b"")
    [finding] = findings(root, "unreadable")
    assert finding.files == ("cat/caf\\xe9.png",)


def test_a_report_goes_through_json_and_back(tmp_path):
    root = two_classes(tmp_path / "data")
    shutil.copy(root / "cat" / "3.png", root / "dog" / "copy.png")
    report = check_data(root).report
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_progress_is_reported(tmp_path):
    told = []
    check_data(two_classes(tmp_path / "data"), tell=lambda done, total: told.append((done, total)))
    assert told[-1] == (12, 12)


def test_digits_are_checked_as_pictures():
    report = check_data("digits").report
    assert (report.origin, report.examples, len(report.labels)) == ("arrays", 1797, 10)
    assert report.worst == "note"


@pytest.fixture
def arrays(tmp_path):
    """Writes an .npz of drawings in three parts of two classes, after a change."""

    def write(change):
        held = {}
        for number, part in enumerate(("train", "validation", "test")):
            drawings = [np.asarray(draw(seed, side=48)) for seed in range(100 * number, 100 * number + 10)]
            held |= {f"x_{part}": np.stack(drawings), f"y_{part}": np.arange(10) % 2}
        change(held)
        np.savez(tmp_path / "arrays.npz", **held)
        return tmp_path / "arrays.npz"

    return write


def test_a_leak_between_arrays_is_an_error(arrays):
    def copy(held):
        held["x_test"][4] = held["x_train"][6]

    [finding] = findings(arrays(copy), "leak")
    assert (finding.severity, finding.files) == ("error", ("x_test[4]", "x_train[6]"))


def test_a_near_leak_between_arrays_is_found(arrays):
    def brighten(held):
        held["x_test"][4] = np.minimum(held["x_train"][6] * 1.1, 255).astype(np.uint8)

    [finding] = findings(arrays(brighten), "leak")
    assert finding.files == ("x_test[4]", "x_train[6]")


def test_float_pictures_are_checked_too(arrays):
    def scale(held):
        for part in ("train", "validation", "test"):
            held[f"x_{part}"] = held[f"x_{part}"].astype(np.float32) / 255
        held["x_test"][4] = held["x_train"][6] * 0.9

    [finding] = findings(arrays(scale), "leak")
    assert finding.files == ("x_test[4]", "x_train[6]")


def test_signals_are_compared_by_their_bytes(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 30, 2)).astype(np.float32)
    x[7] = x[3]
    np.savez(tmp_path / "signals.npz", x=x, y=np.arange(20) % 2)
    [finding] = check_data(tmp_path / "signals.npz").report.findings
    assert (finding.kind, finding.files) == ("duplicates", ("x[3]", "x[7]"))


def test_nan_is_refused_as_in_a_search(tmp_path):
    x = np.zeros((10, 4, 4, 1), np.float32)
    x[3, 0, 0] = np.nan
    np.savez(tmp_path / "nan.npz", x=x, y=np.arange(10) % 2)
    with pytest.raises(DataError, match="NaN or infinite"):
        check_data(tmp_path / "nan.npz")


def test_columns_for_arrays_are_refused():
    with pytest.raises(DataError, match=r"^digits: columns apply to CSV manifests only; found arrays\.$"):
        check_data("digits", columns={"path": "file"})
