"""The epoch loop of Section 3.1 with AAC of Section 3.2: from a config to a record."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aacpy.checkpoints import keep_newest, load_tensors, save_checkpoint
from aacpy.config import Config
from aacpy.divergence import require_finite
from aacpy.epoch_labels import EpochLabels, as_input, label_columns, study_columns
from aacpy.errors import RunError
from aacpy.evaluation import evaluate_retrieval, top_matches
from aacpy.extraction import extract_features, warm_up
from aacpy.fresh_encoder import fresh_encoder
from aacpy.image_store import open_stores
from aacpy.loading import load_data
from aacpy.machine import (
    device_name,
    find_device,
    keep_freed_memory,
    limited_threads,
    strict_convolutions,
)
from aacpy.optimization import Optimization
from aacpy.precision import choose_precision
from aacpy.provenance import dataset_facts, environment, peak_memory_bytes, source_revision
from aacpy.pseudo_labels import PseudoLabels
from aacpy.random_streams import Stream
from aacpy.records import SCORES, Record, pack_labels
from aacpy.run_state import RunState
from aacpy.runs import Run, open_run
from aacpy.series import series_columns
from aacpy.studies.annotations import Annotations, annotate
from aacpy.studies.attribute_classifier import predict_attributes
from aacpy.timer import Timer

_RANKS = (1, 5, 10)
_SHOWN_QUERIES = 6


def train(
    config: Config,
    run_dir: str | Path,
    *,
    progress: bool = True,
    on_epoch: Callable[[dict[str, list[Any]], int], None] | None = None,
) -> Record:
    """Run `config` to its end and return the record, which `run_dir/record.json` then holds.

    A run stopped at any moment goes on from its last finished epoch when called again with the
    same config and directory, and ends with the same record, timings aside. A finished run's
    record is returned at once.

    Parameters
    ----------
    config : see `Config.preset`.
    run_dir : directory of this run alone; made if absent.
    progress : show progress bars.
    on_epoch : called after each epoch with the series so far (see `aacpy.records.SERIES`) and the
        epoch's number, from 0.

    Raises
    ------
    DatasetError, WeightsError
        If data or weights are missing or wrong.
    RunError
        If `run_dir` is in use or holds another config's run or damaged checkpoints, or the loss
        stops being finite. What was finished is kept.
    StorageError
        If `run_dir` cannot be written, for example because the disk is full; likewise.
    """
    with open_run(run_dir, config) as run:
        if run.record is not None:
            return run.record
        for why in run.damaged:
            warnings.warn(f"{why}; going on from the checkpoint before it", stacklevel=2)
        keep_freed_memory()
        device = find_device(config.device)
        with (
            limited_threads(config.threads),
            strict_convolutions(device),
            ThreadPoolExecutor(1) as worker,
        ):
            training = _Training(config, run, device, worker, progress)
            for epoch in range(training.state.epochs_done, config.epochs):
                training.run_epoch(epoch)
                if on_epoch is not None:
                    on_epoch(training.state.series(), epoch)
            record = training.record()
            record.write(run.record_path)
            keep_newest(run.folder, 1)
            return record


class _Training:
    """A run while it runs: images, encoder, optimiser, and the state that they have reached."""

    def __init__(
        self,
        config: Config,
        run: Run,
        device: torch.device,
        worker: ThreadPoolExecutor,
        progress: bool,
    ) -> None:
        self.config, self.run, self.progress = config, run, progress
        self.device = device
        self.precision = choose_precision(config.precision, device)
        self.timer = Timer()
        with self.timer("load"):
            self.dataset = load_data(config, progress=progress)
            fingerprint = self.dataset.fingerprint()
            self.encoder = fresh_encoder(
                config, Stream.INIT, device
            )  # before decoding: missing weights are told at once
            self.stores = open_stores(config, self.dataset, device, progress=progress)
        self.annotations = self._annotate() if config.is_study else None
        self.optimization = Optimization(
            self.encoder,
            self.stores["train"],
            self.dataset.train.cameras,
            config,
            precision=self.precision,
            progress=progress,
        )
        self.epoch_labels = EpochLabels(
            config, self.dataset, partial(self._features, "train"), device, worker, self.timer,
            self.annotations,
        )  # fmt: skip
        self.state = RunState(config.to_dict(), fingerprint)
        if run.state is not None and run.tensors_path is not None:
            self._resume(run.state, run.tensors_path)
        else:
            warm_up(self.encoder, self.stores["train"], config, self.precision)

    def run_epoch(self, epoch: int) -> None:
        """Cluster, train, evaluate, checkpoint."""
        config, last = self.config, epoch == self.config.epochs - 1
        features, found = self.epoch_labels.take(epoch)
        row: dict[str, Any] = {**dict.fromkeys(series_columns(config.to_dict())), "epoch": epoch}
        with self.timer("cluster"):
            row |= label_columns(found, self.dataset.train.ids)
            if self.annotations is not None:
                row |= study_columns(found, self.dataset.train.ids, self.annotations)
        if epoch == 0 or last:
            stages = {"before": found.before, "after": found.labels}
            self.state.labels[str(epoch)] = {
                k: pack_labels(v) for k, v in stages.items() if v is not None
            }
        with self.timer("train"):
            row["loss"] = self._optimise(epoch, features, found)
        if not last and self.epoch_labels.ahead:
            self.epoch_labels.begin(epoch + 1)
        if last or epoch % config.evaluate_every == 0:
            with self.timer("evaluate"):
                row |= self._evaluate(last)
        self.state.rows.append(row)
        self.state.seconds = dict(self.timer.seconds)
        save_checkpoint(
            self.run.folder, epoch + 1, self.encoder, self.optimization.optimizer,
            self.state.to_dict(),
        )  # fmt: skip

    def record(self) -> Record:
        config, state = self.config, self.state
        if config.data is not None:  # a record names the data and keeps the user's paths to itself
            config = config.replace(data=Path(config.data).name, attributes=None)
        seconds = dict(self.timer.seconds)
        total = sum(seconds.values())
        return Record(
            config=config,
            dataset=dataset_facts(self.dataset, state.fingerprint),
            series=state.series(),
            scores={name: state.rows[-1][name] for name in SCORES},
            labels=state.labels,
            retrievals=state.retrievals,
            notes=state.notes,
            seconds={k: round(v, 3) for k, v in (seconds | {"total": total}).items()},
            peak_memory_bytes=peak_memory_bytes(str(self.device)),
            environment=environment(device_name(self.device), config.threads, self.precision),
            revision=source_revision(),
            finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )

    def _annotate(self) -> Annotations:
        """What a run of the studies is given to know of its training images."""
        given = annotate(self.config, self.dataset)
        if given.labelled.all() or not self.config.needs_attributes:
            return given
        with self.timer("predict"):
            predicted = predict_attributes(
                self.config, self.stores["train"], given.values, given.labelled, self.device,
                self.precision, progress=self.progress,
            )  # fmt: skip
        return given.with_values(predicted)

    def _resume(self, state: RunState, tensors: Path) -> None:
        if state.fingerprint != self.state.fingerprint:
            raise RunError(
                f"{self.run.folder}: was started on other data than {self.dataset.root} holds "
                "now. Delete the directory to start again, or bring the data back."
            )
        load_tensors(tensors, self.encoder, self.optimization.optimizer)
        self.state = state
        for phase, seconds in state.seconds.items():
            self.timer.add(phase, seconds)

    def _features(self, name: str) -> Tensor:
        return extract_features(
            self.encoder,
            self.stores[name],
            batch_size=self.config.feature_batch,
            precision=self.precision,
        )

    def _optimise(self, epoch: int, features: Tensor, found: PseudoLabels) -> float | None:
        """The mean loss of the epoch's optimiser steps, or None if there were none."""
        n_clusters = int(found.labels.max()) + 1
        if n_clusters < 2:
            self.state.notes.append(f"epoch {epoch}: {n_clusters} clusters, no update")
            return None
        loss = self.optimization.run_epoch(epoch, features, found.labels)
        require_finite(self.encoder, epoch)  # before a checkpoint keeps it
        return loss

    def _evaluate(self, last: bool) -> dict[str, float]:
        query, gallery = self.dataset.query, self.dataset.gallery
        queries, found = self._features("query"), self._features("gallery")
        scores = evaluate_retrieval(
            as_input(queries), query.ids, query.cameras,
            as_input(found), gallery.ids, gallery.cameras,
            ranks=_RANKS, threads=self.config.threads,
        )  # fmt: skip
        if last:
            shown = np.unique(np.linspace(0, len(query) - 1, _SHOWN_QUERIES).astype(int))
            lists = top_matches(
                queries.cpu().numpy()[shown], query.ids[shown], query.cameras[shown],
                found.cpu().numpy(), gallery.ids, gallery.cameras,
            )  # fmt: skip
            self.state.retrievals = [
                {"query": int(q), "gallery": ranked.tolist()}
                for q, ranked in zip(shown, lists, strict=True)
            ]
        return {"mean_ap": scores.mean_ap, **{f"rank{r}": scores.cmc[r] for r in _RANKS}}
