"""What each field of a record must be, so that whatever reads records finds what it expects."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from aacpy.config import Config
from aacpy.config_values import is_plain_text, shown
from aacpy.packed_labels import MOST_LABELS, unpack_labels
from aacpy.series import check_series, is_number

_COUNTS_OF_DATA = (
    "train_images", "train_identities", "query_images", "query_identities", "gallery_images",
    "cameras",
)  # fmt: skip
_FACTS = ("name", "fingerprint", *_COUNTS_OF_DATA, "attribute_vectors")
_LONGEST_TEXT = 1000
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
    check_series(content["series"], content["scores"], config.epochs, facts["train_images"])
    _check_labels(content["labels"], config, facts["train_images"])
    _check_retrievals(content["retrievals"], facts["query_images"], facts["gallery_images"])
    for at, note in enumerate(_list("notes", content["notes"])):
        _check_text(f"notes[{at}]", note)
    for phase, seconds in _dict("seconds", content["seconds"], at_least=("total",)).items():
        if not is_number(seconds) or not 0 <= seconds <= _LONGEST_TIME:
            raise ValueError(f"seconds.{phase} must be a number from 0, not {shown(seconds)}")
    if not content["seconds"]["total"]:
        raise ValueError("seconds.total must be above 0")
    peaks = _dict("peak_memory_bytes", content["peak_memory_bytes"], at_least=("ram",))
    for name, peak in peaks.items():
        _check_count(f"peak_memory_bytes.{name}", peak, _MOST_BYTES)
    for name, text in _dict("environment", content["environment"]).items():
        _check_text(f"environment.{name}", text)
    _check_text("revision", content["revision"])
    _check_text("finished", content["finished"])
    if not _TIME.fullmatch(content["finished"]) or not _is_time(content["finished"][:19]):
        raise ValueError(f"finished must be an ISO 8601 time, not {shown(content['finished'])}")


def _check_dataset(facts: Any) -> None:
    if set(_dict("dataset", facts)) != set(_FACTS):
        raise ValueError(f"dataset must hold {', '.join(_FACTS)}")
    _check_text("dataset.name", facts["name"])
    fingerprint = facts["fingerprint"]
    if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint):
        raise ValueError(f"dataset.fingerprint must be a SHA-256, not {shown(fingerprint)}")
    for name in _COUNTS_OF_DATA:
        _check_count(f"dataset.{name}", facts[name], MOST_LABELS, low=1)
    if facts["attribute_vectors"] is not None:
        _check_count("dataset.attribute_vectors", facts["attribute_vectors"], MOST_LABELS)


def _check_labels(labels: Any, config: Config, images: int) -> None:
    """The pseudo-labels of the first and the last epoch, of which one may be missing."""
    wanted = ("before", "after") if config.method in ("baseline", "aac") else ("after",)
    ends = ("0", str(config.epochs - 1))
    for epoch, stages in _dict("labels", labels).items():
        if epoch not in ends:
            raise ValueError(f"labels must be of epochs {' and '.join(ends)}, not {shown(epoch)}")
        field = f"labels.{epoch}"
        for stage, text in _dict(field, stages, at_least=wanted).items():
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
    for at, item in enumerate(_list("retrievals", retrievals)):
        field = f"retrievals[{at}]"
        if set(_dict(field, item)) != {"query", "gallery"}:
            raise ValueError(f"{field} must hold query, gallery")
        _check_count(f"{field}.query", item["query"], queries - 1)
        for rank, found in enumerate(_list(f"{field}.gallery", item["gallery"])):
            _check_count(f"{field}.gallery[{rank}]", found, gallery - 1)


def _dict(field: str, value: Any, at_least: Collection[str] = ()) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{field} must be a dict")
    for name in value:
        _check_text(f"a name in {field}", name)
    if not set(at_least) <= set(value):
        raise ValueError(f"{field} must hold {', '.join(at_least)}")
    return value


def _list(field: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{field} must be a list")
    return value


def _check_text(field: str, value: Any) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not is_plain_text(value):
        raise ValueError(
            f"{field} must be text of one line, at most {_LONGEST_TEXT} characters, not "
            f"{shown(value)}"
        )


def _check_count(field: str, value: Any, high: int, low: int = 0) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{field} must be a whole number from {low} to {high}, not {shown(value)}")


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
