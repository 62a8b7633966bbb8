"""The epoch loop of Section 3.1 with AAC of Section 3.2: from a config to a record."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from aacpy.aac import vector_codes
from aacpy.checkpoints import load_tensors, save_checkpoint
from aacpy.config import Config
from aacpy.encoder import Encoder, build_encoder
from aacpy.errors import RunError
from aacpy.evaluation import cluster_quality, evaluate_retrieval, top_matches
from aacpy.images import augment, decode_images, normalize
from aacpy.loading import load_data
from aacpy.machine import device_name, find_device, limited_threads
from aacpy.memory import ClusterMemory, cluster_centroids
from aacpy.provenance import environment, peak_memory_bytes, source_revision
from aacpy.pseudo_labels import Labels, make_pseudo_labels
from aacpy.records import SCORES, SERIES, Record, pack_labels
from aacpy.runs import Run, open_run
from aacpy.samplers import pk_batches

_RANKS = (1, 5, 10)
_SHOWN_QUERIES = 6
_QUALITY = ("purity", "ari", "ami")

# Streams of random numbers: each epoch draws from generators of its own, so a resumed run needs
# no generator's state to go on exactly as it would have.
_INIT, _WARMUP, _AUGMENT, _SAMPLE = range(4)


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
    on_epoch : called after each epoch with the series so far (`SERIES` names the columns) and
        the epoch's number, from 0.

    Raises
    ------
    DatasetError, WeightsError
        If data or weights are missing or wrong.
    RunError
        If `run_dir` is in use or holds another config's run, or the loss stops being finite.
    """
    with open_run(run_dir, config) as run:
        if run.record is not None:
            return run.record
        with limited_threads(config.threads):
            training = _Training(config, run, progress)
            for epoch in range(training.epochs_done, config.epochs):
                training.run_epoch(epoch)
                if on_epoch is not None:
                    on_epoch(training.series(), epoch)
            record = training.record()
            record.write(run.record_path)
            return record


@dataclass
class _Timer:
    """Seconds of wall time by phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[phase] = self.seconds.get(phase, 0.0) + spent


class _Training:
    """State of a run while it runs: images, encoder, optimiser, and the rows of its series."""

    def __init__(self, config: Config, run: Run, progress: bool) -> None:
        self.config, self.run, self.progress = config, run, progress
        self.device = find_device(config.device)
        self.timer = _Timer()
        with self.timer("load"):
            self.dataset = load_data(config, progress=progress)
            self.fingerprint = self.dataset.fingerprint()
            self.encoder = self._encoder()  # before decoding: missing weights are told at once
            self.images = {name: self._decode(name) for name in ("train", "query", "gallery")}
        self.rows: list[dict[str, Any]] = []
        self.labels: dict[str, dict[str, str]] = {}
        self.retrievals: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.optimizer = torch.optim.Adam(
            [p for p in self.encoder.parameters() if p.requires_grad],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
        )
        if run.state is not None:
            self._resume(run.state)
        else:
            self._warm_up()

    @property
    def epochs_done(self) -> int:
        return len(self.rows)

    def series(self) -> dict[str, list[Any]]:
        return {name: [row[name] for row in self.rows] for name in SERIES}

    def run_epoch(self, epoch: int) -> None:
        """Cluster, train, evaluate, checkpoint."""
        config = self.config
        with self.timer("extract"):
            features = self._features("train")
        with self.timer("cluster"):
            before, labels = make_pseudo_labels(config, epoch, features.cpu().numpy(), self.dataset)
            ids = self.dataset.train.ids
            quality = cluster_quality(labels, ids)
            quality_before = None if before is None else cluster_quality(before, ids)
        if epoch in (0, config.epochs - 1):
            kept = {"after": labels} if before is None else {"before": before, "after": labels}
            self.labels[str(epoch)] = {stage: pack_labels(v) for stage, v in kept.items()}
        with self.timer("train"):
            loss = self._optimise(epoch, features, labels)
        row: dict[str, Any] = dict.fromkeys(SERIES)
        row |= {"epoch": epoch, "loss": loss, "clusters": quality.n_clusters}
        row |= {"unclustered": quality.n_unclustered}
        row |= {name: _finite(getattr(quality, name)) for name in _QUALITY}
        if quality_before is not None:
            row["clusters_before"] = quality_before.n_clusters
            row |= {f"{name}_before": _finite(getattr(quality_before, name)) for name in _QUALITY}
        last = epoch == config.epochs - 1
        if last or epoch % config.evaluate_every == 0:
            with self.timer("evaluate"):
                row |= self._evaluate(last)
        self.rows.append(row)
        save_checkpoint(self.run.checkpoint_path, self.encoder, self.optimizer, self._state())

    def record(self) -> Record:
        config, dataset = self.config, self.dataset
        if config.data is not None:  # a record names the data and keeps the user's paths to itself
            config = config.replace(data=Path(config.data).name, attributes=None)
        train, attributes = dataset.train, dataset.train.attributes
        seconds = dict(self.timer.seconds)
        total = sum(seconds.values())
        return Record(
            config=config,
            dataset={
                "name": Path(dataset.root).name,
                "fingerprint": self.fingerprint,
                "train_images": len(train),
                "train_identities": len(np.unique(train.ids)),
                "query_images": len(dataset.query),
                "query_identities": len(np.unique(dataset.query.ids)),
                "gallery_images": len(dataset.gallery),
                "cameras": len(np.unique(train.cameras)),
                "attribute_vectors": (
                    None if attributes is None else len(np.unique(vector_codes(attributes)))
                ),
            },
            series=self.series(),
            scores={name: self.rows[-1][name] for name in SCORES},
            labels=self.labels,
            retrievals=self.retrievals,
            notes=self.notes,
            seconds={k: round(v, 3) for k, v in (seconds | {"total": total}).items()},
            peak_memory_bytes=peak_memory_bytes(str(self.device)),
            environment=environment(device_name(self.device), config.threads),
            revision=source_revision(),
            finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )

    def _decode(self, name: str) -> Tensor:
        config = self.config
        return decode_images(
            getattr(self.dataset, name).paths,
            config.height,
            config.width,
            threads=config.threads,
            progress=self.progress,
            title=f"decode {name}",
        )

    def _encoder(self) -> Encoder:
        config = self.config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_seed(config.seed, _INIT))
            encoder = build_encoder(
                config.backbone,
                weights=config.weights,
                pooling=config.pooling,
                bn_groups=config.bn_groups,
            )
        return encoder.to(self.device).to(memory_format=torch.channels_last)

    def _resume(self, state: dict[str, Any]) -> None:
        if state["fingerprint"] != self.fingerprint:
            raise RunError(
                f"{self.run.folder}: was started on other data than {self.dataset.root} holds "
                "now. Delete the directory to start again, or bring the data back."
            )
        load_tensors(self.run.checkpoint_path, self.encoder, self.optimizer)
        self.rows, self.labels = state["rows"], state["labels"]
        self.retrievals, self.notes = state["retrievals"], state["notes"]
        for phase, seconds in state["seconds"].items():
            self.timer.seconds[phase] = self.timer.seconds.get(phase, 0.0) + seconds

    def _state(self) -> dict[str, Any]:
        return {
            "config": self.config.to_dict(),
            "fingerprint": self.fingerprint,
            "rows": self.rows,
            "labels": self.labels,
            "retrievals": self.retrievals,
            "notes": self.notes,
            "seconds": self.timer.seconds,
        }

    @torch.no_grad()
    def _warm_up(self) -> None:
        """Give BatchNorm running statistics before the first features are extracted."""
        config = self.config
        rng = np.random.default_rng([config.seed, _WARMUP])
        generator = torch.Generator().manual_seed(_seed(config.seed, _WARMUP))
        self.encoder.train()
        for _ in range(config.warmup_batches):
            batch = rng.integers(0, len(self.images["train"]), config.batch_size)
            images = self.images["train"][torch.from_numpy(batch)].to(self.device)
            self.encoder(_channels_last(augment(images, config, generator)))

    @torch.no_grad()
    def _features(self, name: str) -> Tensor:
        """Features of a split, (n, d) float32 on the device; evaluation mode."""
        self.encoder.eval()
        images, size = self.images[name], self.config.feature_batch
        parts = []
        for start in range(0, len(images), size):
            batch = images[start : start + size].to(self.device)
            parts.append(self.encoder(_channels_last(normalize(batch, self.config.normalization))))
        return torch.cat(parts)

    def _optimise(self, epoch: int, features: Tensor, labels: Labels) -> float | None:
        """The epoch's optimiser steps; returns the mean loss, or None if there were none."""
        config = self.config
        n_clusters = int(labels.max()) + 1
        if n_clusters < 2:
            self.notes.append(f"epoch {epoch}: {n_clusters} clusters, no update")
            return None
        targets = torch.from_numpy(labels).to(self.device)
        memory = ClusterMemory(
            cluster_centroids(features, targets), config.momentum, config.temperature
        ).to(self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * config.lr_gamma ** (epoch // config.lr_step)
        generator = torch.Generator().manual_seed(_seed(config.seed, _AUGMENT, epoch))
        batches = pk_batches(
            labels,
            self.dataset.train.cameras,
            identities=config.identities_per_batch,
            instances=config.instances,
            iterations=config.iterations,
            rng=np.random.default_rng([config.seed, _SAMPLE, epoch]),
        )
        title = f"epoch {epoch + 1}/{config.epochs}, {n_clusters} clusters"
        self.encoder.train()
        total = 0.0
        bar = tqdm(batches, title, config.iterations, leave=False, disable=not self.progress)
        for step, batch in enumerate(bar):
            index = torch.from_numpy(batch)
            images = augment(self.images["train"][index].to(self.device), config, generator)
            outputs = self.encoder(_channels_last(images))
            batch_labels = targets[index.to(self.device)]
            loss = memory(outputs, batch_labels)
            value = float(loss.detach())
            if not math.isfinite(value):
                raise RunError(
                    f"the loss is {value} in epoch {epoch}, step {step}. Lower learning_rate or "
                    "raise temperature; the last finished epoch is kept in "
                    f"{self.run.checkpoint_path}."
                )
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            memory.update(outputs.detach(), batch_labels)
            total += value
        return total / config.iterations

    def _evaluate(self, last: bool) -> dict[str, float]:
        query, gallery = self.dataset.query, self.dataset.gallery
        queries = self._features("query").cpu().numpy()
        found = self._features("gallery").cpu().numpy()
        against = (found, gallery.ids, gallery.cameras)
        scores = evaluate_retrieval(queries, query.ids, query.cameras, *against, ranks=_RANKS)
        if last:
            shown = np.unique(np.linspace(0, len(query) - 1, _SHOWN_QUERIES).astype(int))
            lists = top_matches(queries[shown], query.ids[shown], query.cameras[shown], *against)
            self.retrievals = [
                {"query": int(q), "gallery": ranked.tolist()}
                for q, ranked in zip(shown, lists, strict=True)
            ]
        return {"mean_ap": scores.mean_ap, **{f"rank{r}": scores.cmc[r] for r in _RANKS}}


def _seed(*numbers: int) -> int:
    """One 63-bit seed from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _channels_last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
