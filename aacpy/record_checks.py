"""What each field of a record must be, so that whatever reads records finds what it expects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aacpy.config import Config
from aacpy.config_values import shown
from aacpy.field_checks import (
    check_count,
    check_dict,
    check_exact,
    check_list,
    check_number,
    check_text,
)
from aacpy.packed_labels import MOST_LABELS, unpack_labels
from aacpy.series import check_series, series_columns

_COUNTS_OF_DATA = (
    "train_images", "train_identities", "query_images", "query_identities", "gallery_images",
    "cameras",
)  # fmt: skip
_FACTS = ("name", "fingerprint", *_COUNTS_OF_DATA, "attribute_vectors")
_LONGEST_TIME = 1e10  # seconds: three centuries
_MOST_BYTES = 2**63 - 1
_FINGERPRINT = re.compile("[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def check_fields(content: Mapping[str, Any], config: Config) -> None:
    """Raise a ValueError that names the field unless all are as `Record` says.

    Parameters
    ----------
    content : every field of a record by its name, as parsed.
    config : what its config says.
    """
    facts = content["dataset"]
    _check_dataset(facts)
    columns = series_columns(config.to_dict())
    check_series(
        content["series"], content["scores"], columns, config.epochs, facts["train_images"]
    )
    _check_labels(content["labels"], config, facts["train_images"])
    _check_retrievals(content["retrievals"], facts["query_images"], facts["gallery_images"])
    for at, note in enumerate(check_list("notes", content["notes"])):
        check_text(f"notes[{at}]", note)
    for phase, seconds in check_dict("seconds", content["seconds"], at_least=("total",)).items():
        check_number(f"seconds.{phase}", seconds, 0, _LONGEST_TIME)
    if not content["seconds"]["total"]:
        raise ValueError("seconds.total must be above 0")
    peaks = check_dict("peak_memory_bytes", content["peak_memory_bytes"], at_least=("ram",))
    for name, peak in peaks.items():
        check_count(f"peak_memory_bytes.{name}", peak, _MOST_BYTES)
    for name, text in check_dict("environment", content["environment"]).items():
        check_text(f"environment.{name}", text)
    check_text("revision", content["revision"])
    check_text("finished", content["finished"])
    if not _TIME.fullmatch(content["finished"]) or not _is_time(content["finished"][:19]):
        raise ValueError(f"finished must be an ISO 8601 time, not {shown(content['finished'])}")


def _check_dataset(facts: Any) -> None:
    check_exact("dataset", facts, _FACTS)
    check_text("dataset.name", facts["name"])
    fingerprint = facts["fingerprint"]
    if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint):
        raise ValueError(f"dataset.fingerprint must be a SHA-256, not {shown(fingerprint)}")
    for name in _COUNTS_OF_DATA:
        check_count(f"dataset.{name}", facts[name], MOST_LABELS, low=1)
    if facts["attribute_vectors"] is not None:
        check_count("dataset.attribute_vectors", facts["attribute_vectors"], MOST_LABELS)


def _check_labels(labels: Any, config: Config, images: int) -> None:
    """The pseudo-labels of the first and the last epoch, of which one may be missing."""
    wanted = ("before", "after") if config.method in ("baseline", "aac") else ("after",)
    ends = ("0", str(config.epochs - 1))
    for epoch, stages in check_dict("labels", labels).items():
        if epoch not in ends:
            raise ValueError(f"labels must be of epochs {' and '.join(ends)}, not {shown(epoch)}")
        field = f"labels.{epoch}"
        for stage, text in check_dict(field, stages, at_least=wanted).items():
            if stage not in ("before", "after"):
                raise ValueError(f"{field} must hold before and after, not {shown(stage)}")
            if not isinstance(text, str):
                raise ValueError(f"{field}.{stage} must be packed labels, not {shown(text)}")
            try:
                found = unpack_labels(text, images)
            except ValueError as error:
                raise ValueError(f"{field}.{stage}: {error}") from error
            if len(found) != images or found.min() < -1 or found.max() >= images:
                raise ValueError(
                    f"{field}.{stage} must be {images} labels from -1 to {images - 1}, one for "
                    "each training image"
                )


def _check_retrievals(retrievals: Any, queries: int, gallery: int) -> None:
    for at, item in enumerate(check_list("retrievals", retrievals)):
        field = f"retrievals[{at}]"
        check_exact(field, item, ("query", "gallery"))
        check_count(f"{field}.query", item["query"], queries - 1)
        for rank, found in enumerate(check_list(f"{field}.gallery", item["gallery"])):
            check_count(f"{field}.gallery[{rank}]", found, gallery - 1)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
