from tests.space.helpers import faults_of


def test_all_faults_are_reported_at_once_in_the_order_of_the_lines():
    faults = faults_of(
        """\
        versoin: 1
        architecture:
          activation: reul
          stages: {filters: 0, blocks: {conv: {kernel_size: big}}}
        training: {batch_size: 1.5}
        constraints: {max_weihgts: 3}
        """
    )
    lines = [int(fault.split(":")[1]) for fault in faults]
    assert lines == sorted(lines)
    assert len(faults) == 7
