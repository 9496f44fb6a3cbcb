"""Export from the command line: start the process with Keras, and record the files that it writes."""

from collections.abc import Iterator

from pydantic import TypeAdapter

from cnnsearch.bundle.card import write_export_card
from cnnsearch.bundle.exported import Exported
from cnnsearch.data.store import read_summary
from cnnsearch.export.request import RECORD, ExportRequest, NotExported
from cnnsearch.export.source import find_source
from cnnsearch.files import is_writable
from cnnsearch.rpc import Call
from cnnsearch.study.folder import Study
from cnnsearch.study.storage import check_writable, read_as, write_json
from cnnsearch.training.backend import environment

LABELS = "labels.json"
ON_THE_CPU = {"CUDA_VISIBLE_DEVICES": "-1"}
"""Makes all runtimes compute on the CPU, since a GPU rounds differently."""
_ANSWERS: TypeAdapter[Exported | NotExported] = TypeAdapter(Exported | NotExported)
_RECORDED = TypeAdapter(tuple[Exported, ...])


def export(study: Study, request: ExportRequest) -> Iterator[Exported | NotExported]:
    """Write the files of a request, and yield each result as it is ready.

    The labels, the record and the model card are written to the same folder. Models of either backend are
    converted with TensorFlow. The output of libraries goes to the study's log, if that can be written.

    Raises:
        StudyError: The study has no such network, or the folder cannot be written.
        SearchError: The process died.
    """
    find_source(request)  # reports wrong input before Keras starts
    check_writable(request.folder, remedy="give another folder with --output")
    settings = environment("tensorflow") | ON_THE_CPU
    done: list[Exported] = []
    with Call(
        "cnnsearch.export.write:write_exports",
        request,
        _ANSWERS,
        environment=settings,
        keras=True,
        log=study.log if is_writable(study.log) else None,
    ) as answers:
        for answer in answers:
            if isinstance(answer, Exported):
                done.append(answer)
            yield answer
    if done:
        _describe(study, request, done)


def _describe(study: Study, request: ExportRequest, done: list[Exported]) -> None:
    """Write labels, record and model card; files of earlier exports stay in the record."""
    folder = request.folder
    record = folder / RECORD
    earlier = read_as(record, _RECORDED) if record.exists() else ()
    written = {file.file for file in done}
    files = [file for file in earlier if file.file not in written and (folder / file.file).exists()] + done
    write_json(record, [file.model_dump(mode="json") for file in files])
    write_json(folder / LABELS, list(read_summary(study.data_folder).labels))
    write_export_card(study, folder, files, request.source, request.license)
