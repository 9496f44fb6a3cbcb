import json
from pathlib import Path

import pytest

from cnnsearch import analyze, load_space
from cnnsearch.search.cost_model import ClockedStep, CostModel, Workload, matrix_rate
from cnnsearch.search.rates import MOST_STEPS, Rates

FLOPS = 1e11
TABLE = Path(__file__).parents[2] / "benchmarks" / "step_costs.jsonl"


def workload(seed=0, space="plain", shape=(28, 28, 1)):
    candidate = load_space(space).sample_random(seed, input_shape=shape, num_classes=10)
    return Workload.of(analyze(candidate.architecture))


def small(**changes):
    fields = {"macs": (10**6, 0, 10**4, 0), "activation_bytes": 10**5, "weights": 10**4, "layers": 8}
    return Workload(**fields | changes)


def clocked(load, seconds, batch_size=64):
    return ClockedStep(workload=load, batch_size=batch_size, seconds=seconds)


def test_a_workload_holds_the_macs_of_the_analysis():
    candidate = load_space("mobilenet").sample_random(1, input_shape=(32, 32, 3), num_classes=10)
    analysis = analyze(candidate.architecture)

    found = Workload.of(analysis)
    assert sum(found.macs) == analysis.macs
    assert found.macs[1] > 0  # depthwise
    assert found.layers == len(analysis.layers)


def test_more_macs_more_examples_and_more_layers_take_longer():
    model, load = CostModel(FLOPS), small()
    seconds = model.step_seconds(load, 64)

    assert model.step_seconds(load, 128) > seconds
    assert model.step_seconds(small(macs=(2 * 10**6, 0, 10**4, 0)), 64) > seconds
    assert model.step_seconds(small(layers=80), 64) > seconds


def test_a_faster_processor_is_faster():
    assert CostModel(4 * FLOPS).step_seconds(small(), 64) < CostModel(FLOPS).step_seconds(small(), 64)


@pytest.mark.parametrize("factor", [0.2, 1.0, 5.0])
def test_a_step_that_was_clocked_is_predicted_as_it_was(factor):
    load = workload()
    model = CostModel(FLOPS)
    truth = factor * model.step_seconds(load, 64)
    model.add(clocked(load, truth))

    assert model.step_seconds(load, 64) == pytest.approx(truth, rel=0.05)


def test_a_step_changes_the_prediction_of_other_networks():
    model, other = CostModel(FLOPS), workload(5, "resnet", (32, 32, 3))
    before = model.step_seconds(other, 64)
    model.add(clocked(workload(), 10 * model.step_seconds(workload(), 64)))

    assert model.step_seconds(other, 64) > 3 * before


def test_predictions_are_positive_for_any_measurements():
    model = CostModel(FLOPS, [clocked(workload(seed), 10.0 ** (seed - 4)) for seed in range(6)])

    others = [workload(seed, "plain", (32, 32, 3)) for seed in range(6)]
    assert all(model.step_seconds(other, 32) > 0 for other in others)


@pytest.mark.skipif(not TABLE.exists(), reason="benchmarks are not beside the tests")
def test_on_steps_clocked_on_a_machine_other_spaces_predict_to_a_third_and_its_own_to_less():
    rows = [json.loads(line) for line in TABLE.read_text().splitlines()]
    steps = [(row["space"], ClockedStep.model_validate(row["step"])) for row in rows]

    def errors(is_known):
        found = []
        for place, (space, step) in enumerate(steps):
            known = [other for n, (name, other) in enumerate(steps) if is_known(place, space, n, name)]
            model = CostModel(rows[0]["flops"], known)
            found.append(abs(model.step_seconds(step.workload, step.batch_size) / step.seconds - 1))
        return sorted(found)

    others = errors(lambda place, space, n, name: name != space)
    own = errors(lambda place, space, n, name: n != place)
    assert others[len(others) // 2] < 0.33
    assert own[len(own) // 2] < others[len(others) // 2]


def test_the_matrix_rate_is_that_of_a_processor():
    assert 1e8 < matrix_rate() < 1e16


def test_measured_steps_are_kept_for_the_next_search(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path))
    Rates("tensorflow", "float32").add([clocked(small(), 0.25)])

    assert Rates("tensorflow", "float32").known() == [clocked(small(), 0.25)]
    assert Rates("tensorflow", "float32").model().num_known == 1


def test_other_backends_precisions_and_shares_of_the_cores_have_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path))
    rates = Rates("tensorflow", "float32")
    rates.add([clocked(small(), 0.25)])

    others = Rates("jax", "float32"), Rates("tensorflow", "mixed_bfloat16"), rates.for_workers(2)
    assert [other.known() for other in others] == [[], [], []]


def test_the_last_of_a_network_s_steps_counts_and_the_newest_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path))
    rates = Rates("tensorflow", "float32")
    rates.add([clocked(small(weights=n), 1.0) for n in range(1, MOST_STEPS + 3)])
    rates.add([clocked(small(weights=9), 2.0)])

    known = {step.workload.weights: step.seconds for step in rates.known()}
    assert len(known) == MOST_STEPS
    assert known[9] == 2.0 and 1 not in known and MOST_STEPS + 2 in known


def test_a_damaged_file_counts_as_none(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path))
    rates = Rates("tensorflow", "float32")
    rates.add([clocked(small(), 0.25)])
    next((tmp_path / "rates").iterdir()).write_text("{")

    assert rates.known() == []
    rates.add([clocked(small(), 0.5)])
    assert rates.known() == [clocked(small(), 0.5)]


def test_a_cache_that_cannot_be_written_ends_nothing(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path / "file"))
    rates = Rates("tensorflow", "float32")
    rates.add([clocked(small(), 0.25)])

    assert rates.known() == []
