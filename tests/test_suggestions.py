from cnnsearch.suggestions import did_you_mean


def test_a_near_word_is_offered():
    assert did_you_mean("hgih", ["low", "high"]) == " Did you mean 'high'?"


def test_a_far_word_is_not_offered():
    assert did_you_mean("wide", ["low", "high"]) == ""
