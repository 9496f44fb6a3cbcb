"""Exports from the command line: starts the process that has Keras, and keeps the record of what it wrote."""

from collections.abc import Iterator

from pydantic import TypeAdapter

from cnnsearch.bundle.card import write_export_card
from cnnsearch.bundle.exported import Exported
from cnnsearch.data.store import read_summary
from cnnsearch.export.request import RECORD, ExportRequest, NotExported
from cnnsearch.export.source import find_source
from cnnsearch.rpc import Call
from cnnsearch.study.folder import Study
from cnnsearch.study.storage import read_as, write_json
from cnnsearch.training.backend import environment

LABELS = "labels.json"
ON_THE_CPU = {"CUDA_VISIBLE_DEVICES": "-1"}
"""Where the files' own runtimes compute; a GPU rounds otherwise."""
_ANSWERS: TypeAdapter[Exported | NotExported] = TypeAdapter(Exported | NotExported)
_KNOWN = TypeAdapter(tuple[Exported, ...])


def export(study: Study, request: ExportRequest) -> Iterator[Exported | NotExported]:
    """Writes what a request asks for, and tells of each file as it is done.

    Labels, the record and the model card are written beside. Models of either backend are converted with
    TensorFlow's. What libraries print goes to the study's log.

    Raises:
        StudyError: The study has no such network.
        SearchError: The process died.
    """
    find_source(request)  # what is wrong is told before Keras is waited for
    settings = environment("tensorflow") | ON_THE_CPU
    done: list[Exported] = []
    with Call(
        "cnnsearch.export.write:write_exports",
        request,
        _ANSWERS,
        environment=settings,
        keras=True,
        log=study.log,
    ) as answers:
        for told in answers:
            if isinstance(told, Exported):
                done.append(told)
            yield told
    if done:
        _describe(study, request, done)


def _describe(study: Study, request: ExportRequest, done: list[Exported]) -> None:
    """Writes what lies beside the files; files of earlier exports stay in the record."""
    folder = request.folder
    record = folder / RECORD
    known = read_as(record, _KNOWN) if record.exists() else ()
    written = {file.file for file in done}
    files = [file for file in known if file.file not in written and (folder / file.file).exists()] + done
    write_json(record, [file.model_dump(mode="json") for file in files])
    write_json(folder / LABELS, list(read_summary(study.data_folder).labels))
    write_export_card(study, folder, files, request.source, request.license)
