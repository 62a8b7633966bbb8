"""What the project writes and reads again: records, measurements, checksums, manifests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from aacpy.config import Config
from aacpy.datasets.pedestrians import render_pedestrians
from aacpy.datasets.renderer.manifest import MANIFEST
from aacpy.experiments.publishing import CHECKSUMS, changed_files, write_checksums
from aacpy.measurements import Case, Measurement, Timing
from aacpy.records import SCORES, SERIES, Record, pack_labels
from aacpy.report.cost import stage_table
from aacpy.tables import TABLES
from faults.fuzzing.mutate import encoded, mutate_bytes, mutate_text
from faults.fuzzing.mutate_json import mutate_json
from faults.fuzzing.parser import ContradictionError, Parser

_RECORD = Path("record.json")
_MEASUREMENT = Path("memory.json")
_RENDERED = Path("rendered")
_PUBLISHED = Path("published")


def mutate_stored_json(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Most inputs are whole JSON of another structure, some are cut or no JSON."""
    kind = rng.random()
    if kind < 0.15:
        return mutate_bytes(rng, samples)
    texts = [sample.decode() for sample in samples]
    return encoded(mutate_text(rng, texts) if kind < 0.2 else mutate_json(rng, texts))


def record_samples() -> list[bytes]:
    """Records of two epochs with invented numbers: rendered data, and a directory."""
    labels = pack_labels(np.array([0, 0, 1, 1, -1]))
    series: dict[str, list[float | int | None]] = {name: [0.25, 0.5] for name in SERIES}
    series |= {"epoch": [0, 1], "clusters": [4, 5], "clusters_before": [3, 4],
               "unclustered": [1, 0], "neighbor_recall": [None, None]}  # fmt: skip
    made = Record(
        config=Config.preset("pedestrians", method="aac", epochs=2),
        dataset={"name": "d", "fingerprint": "0" * 64, "train_images": 5, "train_identities": 2,
                 "query_images": 2, "query_identities": 2, "gallery_images": 4, "cameras": 2,
                 "attribute_vectors": 2},
        series=series,
        scores=dict.fromkeys(SCORES, 0.5),
        labels={"0": {"before": labels, "after": labels}, "1": {"before": labels, "after": labels}},
        retrievals=[{"query": 0, "gallery": [1, 0, 2]}],
        notes=["a note"],
        seconds={"load": 1.0, "train": 20.5, "total": 30.0},
        peak_memory_bytes={"ram": 700_000_000},
        environment={"python": "3.11.7", "device": "cpu", "threads": "1", "precision": "float32"},
        revision="000000000000",
        finished="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    paper = Config.preset("paper", method="baseline", epochs=2, data="market")
    return [record.to_json().encode() for record in (made, replace(made, config=paper))]


def read_record(sample: bytes) -> Record:
    """Read a run's record."""
    _RECORD.write_bytes(sample)
    return Record.read(_RECORD)


def use_record(record: Record) -> None:
    """Write it again, unpack its labels, and show it in every table."""
    if Record.from_json(record.to_json()) != record:
        raise ContradictionError("the record differs after writing and reading")
    for epoch in record.labels:
        record.pseudo_labels(int(epoch))
    _ = record.best
    for table in TABLES.values():
        shown = table([record])
        for show in (shown.to_text, shown.to_html, shown.to_csv):
            show()


def measurement_samples() -> list[bytes]:
    """A measurement of three sizes with invented times."""
    cases = tuple(
        Case(n, "", f"{n} images",
             {"library": Timing((n / 1e3, n / 9e2), 10 * n), "limit": Timing((n / 1e4,)),
              "textbook": Timing((), failed="x")},
             {"equal": True}, {"recall": 0.9})
        for n in (10, 20, 40)
    )  # fmt: skip
    made = Measurement(
        stage="memory", title="t", limit="l", textbook="b", data="d", cases=cases,
        settings={"repeats": 1, "threads": 1, "quick": False}, environment={"python": "3.11.7"},
        revision="000000000000", finished="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return [made.write(".").read_bytes()]


def read_measurement(sample: bytes) -> Measurement:
    """Read a benchmark's result."""
    _MEASUREMENT.write_bytes(sample)
    return Measurement.read(_MEASUREMENT)


def use_measurement(measurement: Measurement) -> None:
    """Fit the growth and show the table."""
    if measurement.cases:
        measurement.growth()
    shown = stage_table(measurement, absolute=True)
    str(shown)


def checksum_samples() -> list[bytes]:
    """The checksums of two files."""
    folder = _PUBLISHED / "pedestrians"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("a.json", "b.json"):
        (folder / name).write_text(json.dumps(name))
    write_checksums(_PUBLISHED)
    return [(_PUBLISHED / CHECKSUMS).read_bytes()]


def mutate_checksums(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Wrong bytes and odd text."""
    if rng.random() < 0.5:
        return mutate_bytes(rng, samples)
    return encoded(mutate_text(rng, [sample.decode() for sample in samples]))


def read_checksums(sample: bytes) -> dict[str, str]:
    """Compare the published files with their checksums."""
    (_PUBLISHED / CHECKSUMS).write_bytes(sample)
    return changed_files(_PUBLISHED)


def _render() -> Path:
    """Render the least there is, or find it there."""
    return render_pedestrians(_RENDERED, identities=1, images_per_camera=1, cameras=2,
                              cameras_per_identity=2, distractors=0, junk=0, height=32, width=16,
                              progress=False)  # fmt: skip


def manifest_samples() -> list[bytes]:
    """What the renderer says of a data set of a few images."""
    shutil.rmtree(_RENDERED, ignore_errors=True)
    return [(_render() / MANIFEST).read_bytes()]


def read_manifest(sample: bytes) -> Path:
    """Ask for the same data set again: its manifest decides whether it is there."""
    (_RENDERED / MANIFEST).write_bytes(sample)
    return _render()


PARSERS = {
    parser.name: parser
    for parser in (
        Parser("records", "records of runs", record_samples, mutate_stored_json, read_record,
               (_RECORD.name,), use_record),
        Parser("measurements", "measurements of benchmarks", measurement_samples,
               mutate_stored_json, read_measurement, (_MEASUREMENT.name,), use_measurement),
        Parser("checksums", "checksums of published records", checksum_samples, mutate_checksums,
               read_checksums, (CHECKSUMS,)),
        Parser("manifests", "manifests of rendered data sets", manifest_samples,
               mutate_stored_json, read_manifest, (str(_RENDERED),)),
    )
}  # fmt: skip
