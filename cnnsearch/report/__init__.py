"""A study -> its report: one page that needs nothing else, its figures as pictures, both also in MLflow."""

from pathlib import Path

from cnnsearch.study.folder import Study


def write_report(study: Study) -> Path:
    """Writes runs/STUDY/report.html and figures/, and logs them on the study's run in MLflow.

    What can be shown is shown: a study that has just begun, or has no bundle, has a report too.

    Returns:
        The page.

    Raises:
        StudyError: A file of the study is not as it was written.
        SearchError: The page is written, but MLflow does not have it.
    """
    from cnnsearch.report import writing  # Optuna, matplotlib and Plotly only when they are needed

    page = writing.write(study)
    writing.log_to_mlflow(study)
    return page
