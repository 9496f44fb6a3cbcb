from cnnsearch.plan.training_plan import EarlyStopping
from cnnsearch.training.progress import Objective, Progress

ACCURACY = Objective("validation_accuracy", "maximize")
LOSS = Objective("validation_loss", "minimize")


def after(values, objective=ACCURACY, stopping=None):
    progress = Progress()
    for value in values:
        progress = progress.after({objective.metric: value}, objective, stopping)
    return progress


def test_the_best_of_a_metric_to_maximize_is_its_largest():
    assert after([0.5, 0.9, 0.7]).best_epoch == 2


def test_the_best_of_a_metric_to_minimize_is_its_smallest():
    assert after([0.5, 0.9, 0.4], LOSS).best_metrics == {"validation_loss": 0.4}


def test_of_equal_epochs_the_first_is_best():
    assert after([0.5, 0.9, 0.9]).best_epoch == 2


def test_patience_counts_epochs_since_the_last_gain():
    assert after([0.5, 0.9, 0.7, 0.8]).epochs_without_gain == 2


def test_a_gain_starts_the_count_again():
    assert after([0.5, 0.4, 0.6]).epochs_without_gain == 0


def test_small_gains_count_for_the_best_epoch_but_not_for_patience():
    progress = after([0.50, 0.51, 0.52], stopping=EarlyStopping(min_delta=0.1))

    assert (progress.best_epoch, progress.epochs_without_gain) == (3, 2)


def test_small_gains_add_up_to_one_that_counts():
    assert after([0.50, 0.56, 0.62], stopping=EarlyStopping(min_delta=0.1)).epochs_without_gain == 0
