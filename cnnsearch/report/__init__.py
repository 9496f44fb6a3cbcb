"""A study -> its report: one self-contained page, and its figures as image files; both also in MLflow."""

from pathlib import Path

from cnnsearch.study.folder import Study


def write_report(study: Study, folder: Path | None = None) -> Path:
    """Write runs/STUDY/report.html and figures/, and log them to the study's run in MLflow.

    The report shows what is available, so it can be written at any time, also without a bundle.

    Args:
        study: The study, which is only read if a folder is given.
        folder: Another folder for the page and the figures, which are then not logged to MLflow.

    Returns:
        The path of the page.

    Raises:
        StudyError: A file of the study is damaged, or the folder cannot be written.
        SearchError: The page is written, but could not be logged to MLflow.
    """
    from cnnsearch.report import writing  # imports Optuna, matplotlib and Plotly only when needed

    page = writing.write(study, folder)
    if folder is None:
        writing.log_to_mlflow(study)
    return page
