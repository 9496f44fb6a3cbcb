from cnnsearch.space import load_space


def test_a_space_without_a_name_is_called_as_its_file(tmp_path):
    file = tmp_path / "other.yaml"
    file.write_text("version: 1\narchitecture: {stages: {filters: 4, blocks: conv}}")
    assert load_space(file).name == "other"
