import os
import threading
import time

import pytest

from cnnsearch.data.threads import strip_threads


def halved(number):
    return number / 2


@pytest.mark.parametrize("strip", [1, 7, 100])
def test_results_come_in_order_in_strips(strip):
    with strip_threads() as threads:
        strips = list(threads.map(halved, range(50), strip))
    assert [result for results in strips for result in results] == [number / 2 for number in range(50)]
    assert {len(results) for results in strips[:-1]} <= {strip}


def test_no_items_give_no_results():
    with strip_threads() as threads:
        assert list(threads.map(halved, [], 8)) == []


def threads_of(function, count):
    """How many threads have worked on the items after the first ones."""
    names = []

    def work(item):
        function(item)
        names.append(threading.get_ident())

    with strip_threads() as threads:
        list(threads.map(work, range(count), 4))
    return len(set(names) - {threading.get_ident()})


def test_what_takes_a_moment_is_done_in_the_calling_thread():
    assert threads_of(halved, 200) == 0


def test_what_waits_for_the_storage_has_many_threads():
    assert threads_of(lambda _: time.sleep(0.002), 200) > 2


def test_what_computes_has_a_thread_per_core_at_most():
    assert 0 < threads_of(lambda _: sum(range(50_000)), 100) <= os.cpu_count()


def test_threads_start_when_files_get_longer():
    idents = set()

    def work(seconds):
        time.sleep(seconds)
        idents.add(threading.get_ident())

    with strip_threads() as threads:
        list(threads.map(work, [0.0] * 40, 4))
        assert idents == {threading.get_ident()}
        list(threads.map(work, [0.002] * 40, 4))
    assert len(idents) > 1


def test_an_error_ends_the_work():
    done = []

    def work(item):
        time.sleep(0.002)
        done.append(item)
        if item == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), strip_threads() as threads:
        list(threads.map(work, range(10_000), 1))
    assert len(done) < 1000
