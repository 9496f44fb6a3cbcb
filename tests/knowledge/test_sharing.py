import gzip

from cnnsearch.knowledge.experience import Configuration
from cnnsearch.knowledge.pack import read_pack, write_pack
from cnnsearch.knowledge.sharing import shareable
from tests.knowledge.made import configurations, experience
from tests.space.helpers import space_of

OWN = """
version: 1
name: canary
description: canary
architecture:
  stages:
    one_of:
      - {name: canary_wide, filters: [8, 16], blocks: conv}
      - {name: canary_deep, filters: [4, 8], blocks: {repeat: 2, conv: {kernel_size: 5}}}
training: {batch_size: [16, 32]}
"""


def test_values_of_shipped_spaces_are_kept():
    own = experience(configurations(5), lambda place: place / 10)
    assert shareable([own]) == [own]


def test_names_of_other_spaces_are_not_in_an_exported_file(tmp_path):
    space = space_of(OWN)
    tried = [
        Configuration.of(space.sample_random(seed, input_shape=(28, 28, 1), num_classes=10))
        for seed in range(6)
    ]
    assert any("canary" in configuration.model_dump_json() for configuration in tried)
    write_pack(tmp_path / "some.gz", shareable([experience(tried, lambda place: place / 10)]))
    assert b"canary" not in gzip.decompress((tmp_path / "some.gz").read_bytes())
    (read,) = read_pack(tmp_path / "some.gz")
    assert {configuration.identity for configuration in read.configurations.values()} == {
        configuration.identity for configuration in tried
    }
    assert len(read.trials) == 6
