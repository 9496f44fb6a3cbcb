import hashlib

from PIL import Image

from cnnsearch.data.scan import scan
from tests.data.helpers import write_classes, write_picture


def write_set(root):
    write_classes(root, count=3)
    (root / "cat" / "bad.png").write_text("<html>")
    (root / ".hidden").mkdir()
    (root / "empty").mkdir()
    return root


def files(root, **options):
    return {file.path.as_posix(): file for file in scan(root, **options).files}


def test_a_file_is_described(tmp_path):
    path = write_picture(write_classes(tmp_path) / "cat" / "new.jpg", size=(30, 20), mode="L")
    file = files(tmp_path)["cat/new.jpg"]
    assert (file.label, file.width, file.height, file.mode, file.format) == ("cat", 30, 20, "L", "JPEG")
    assert (file.size, file.sha256) == (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(file.thumbnail) == 256 and not file.problem


def test_a_bad_file_has_a_problem_and_a_digest(tmp_path):
    file = files(write_set(tmp_path))["cat/bad.png"]
    assert file.problem == "a web page with the suffix of an image"
    assert (file.width, file.phash, file.thumbnail, len(file.sha256)) == (0, 0, b"", 64)


def test_skipped_files_are_reported(tmp_path):
    found = scan(write_set(tmp_path))
    assert (found.task.names, found.empty) == (("cat", "dog"), ("empty",))
    assert [(kind.kind, kind.count) for kind in found.left_out] == [("hidden", 1)]


def test_parts_and_groups_come_from_a_manifest(tmp_path):
    write_set(tmp_path)
    (tmp_path / "list.csv").write_text("file,label,split,group\ncat/0.png,x,test,g\n")
    (file,) = scan(tmp_path / "list.csv", columns={"path": "file"}).files
    assert (file.label, file.part, file.group) == ("x", "test", "g")


def test_progress_is_reported_to_the_end(tmp_path):
    told = []
    scan(write_set(tmp_path), tell=lambda done, total: told.append((done, total)))
    assert told == [(done, 7) for done in range(1, 8)]


def test_nothing_is_decoded_a_second_time(tmp_path):
    first = scan(write_set(tmp_path))
    told = []
    assert scan(tmp_path, tell=lambda *progress: told.append(progress)) == first
    assert told == []


def test_a_changed_file_is_decoded_again(tmp_path):
    before = files(write_set(tmp_path))
    write_picture(tmp_path / "dog" / "0.png", size=(9, 9))
    after = files(tmp_path)
    assert {name for name in before if before[name] != after[name]} == {"dog/0.png"}


def test_the_cache_may_be_elsewhere(tmp_path):
    scan(write_set(tmp_path / "set"), cache=tmp_path / "here")
    assert len(list((tmp_path / "here").iterdir())) == 1


def test_2000_copies_have_one_digest_and_one_hash(tmp_path):
    write_classes(tmp_path)
    Image.effect_noise((16, 16), 80).save(tmp_path / "cat" / "copy.png")
    for number in range(2000):
        (tmp_path / "dog" / f"copy {number}.png").hardlink_to(tmp_path / "cat" / "copy.png")
    copies = [file for file in scan(tmp_path).files if "copy" in file.path.name]
    assert (len(copies), len({(file.sha256, file.phash) for file in copies})) == (2001, 1)
