"""A study -> its report: one self-contained page, and its figures as image files; both also in MLflow."""

from pathlib import Path

from cnnsearch.study.folder import Study


def write_report(study: Study) -> Path:
    """Write runs/STUDY/report.html and figures/, and log them to the study's run in MLflow.

    The report shows what is available, so it can be written at any time, also without a bundle.

    Returns:
        The path of the page.

    Raises:
        StudyError: A file of the study is damaged.
        SearchError: The page is written, but could not be logged to MLflow.
    """
    from cnnsearch.report import writing  # imports Optuna, matplotlib and Plotly only when needed

    page = writing.write(study)
    writing.log_to_mlflow(study)
    return page
