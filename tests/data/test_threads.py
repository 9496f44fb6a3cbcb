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


def test_few_threads_read_what_takes_a_moment():
    assert threads_of(halved, 200) <= 2


def test_more_threads_read_what_takes_long():
    assert threads_of(lambda _: time.sleep(0.002), 200) > 2


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
