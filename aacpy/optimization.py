"""An epoch's optimiser steps: P x K batches, the ClusterNCE loss, Adam, the memory's update."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from aacpy.config import Config
from aacpy.divergence import diverged
from aacpy.encoder import Encoder
from aacpy.image_store import ImageStore
from aacpy.images import augment
from aacpy.memory import ClusterMemory, cluster_centroids
from aacpy.precision import autocast
from aacpy.random_streams import Stream, numpy_stream, torch_stream
from aacpy.samplers import pk_batches

_GPU_CHECK_EVERY = 25  # steps; reading a loss waits for the GPU, which then waits for the host


def training_forward(
    encoder: Encoder, *, precision: str, device: torch.device, compiled: bool
) -> Callable[[Tensor], Tensor]:
    """The encoder as training calls it: images (b, 3, h, w) -> features (b, d), both float32.

    What is compiled is a function: the encoder's state keeps its names.
    """
    forward: Callable[[Tensor], Tensor] = torch.compile(encoder.forward) if compiled else encoder

    def run(images: Tensor) -> Tensor:
        with autocast(precision, device):
            return forward(images)

    return run


class LossLog:
    """Losses of an epoch's steps, kept on their device and looked at every `every` steps.

    Parameters
    ----------
    every : steps between two looks.
    diverged : makes the error to raise of the first loss that is not finite and its step, from 0.

    Attributes
    ----------
    total : sum of the losses looked at so far, nats.
    """

    def __init__(self, every: int, diverged: Callable[[float, int], Exception]) -> None:
        self.every, self.diverged = every, diverged
        self.total, self._seen = 0.0, 0
        self._waiting: list[Tensor] = []

    def add(self, loss: Tensor) -> None:
        """Note a step's loss, a scalar; raises as `look` does."""
        self._waiting.append(loss.detach())
        if len(self._waiting) == self.every:
            self.look()

    def look(self) -> None:
        """Read those not yet read, which waits for their device; raise if one is not finite."""
        values = torch.stack(self._waiting).tolist() if self._waiting else []
        for value in values:
            if not math.isfinite(value):
                raise self.diverged(value, self._seen)
            self.total += value
            self._seen += 1
        self._waiting.clear()


class Optimization:
    """The optimiser and what it needs for an epoch's steps.

    Parameters
    ----------
    encoder : on the store's device.
    store : the n training images.
    cameras : (n,) int64, the cameras of these.
    config : the settings of optimiser, batches, augmentation and memory are used.
    precision : "float32" or "bfloat16", of the encoder's pass; all else is float32.
    progress : show a bar of the steps.

    Attributes
    ----------
    optimizer : Adam over what of the encoder is trained; one fused kernel on a GPU.
    """

    def __init__(
        self,
        encoder: Encoder,
        store: ImageStore,
        cameras: NDArray[np.int64],
        config: Config,
        *,
        precision: str = "float32",
        progress: bool = False,
    ) -> None:
        self.encoder, self.store, self.cameras = encoder, store, cameras
        self.config, self.precision, self.progress = config, precision, progress
        self.forward = training_forward(
            encoder, precision=precision, device=store.device, compiled=config.compile
        )
        self.on_gpu = store.device.type == "cuda"
        self.optimizer = torch.optim.Adam(
            [p for p in encoder.parameters() if p.requires_grad],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True if self.on_gpu else None,
        )

    def run_epoch(self, epoch: int, features: Tensor, labels: NDArray[np.int64]) -> float:
        """Take an epoch's steps and return their mean loss, nats.

        Parameters
        ----------
        epoch : from 0; sets the learning rate and what is drawn.
        features : (n, d) float32 on the device, from which the memory starts.
        labels : (n,) int64 pseudo-labels of two clusters or more; -1 = un-clustered.

        Raises
        ------
        RunError
            If a loss is not finite; the message names the first such batch and the likely cause.
            On a GPU it may come up to 25 steps later, because the host does not wait for each.
        """
        config, device = self.config, self.store.device
        targets = torch.from_numpy(labels)  # on the CPU, where the memory reads them in every step
        centroids = cluster_centroids(features, targets.to(device))
        memory = ClusterMemory(centroids, config.momentum, config.temperature).to(device)
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * config.lr_gamma ** (epoch // config.lr_step)
        generator = torch_stream(config.seed, Stream.AUGMENT, epoch)
        losses = LossLog(_GPU_CHECK_EVERY if self.on_gpu else 1, partial(self._diverged, epoch))
        title = f"epoch {epoch + 1}/{config.epochs}, {int(labels.max()) + 1} clusters"
        self.encoder.train()
        with closing(self.store.batches(self._draw(epoch, labels))) as batches:
            bar = tqdm(batches, title, config.iterations, leave=False, disable=not self.progress)
            for rows, images, statistics in bar:
                outputs = self.forward(augment(images, statistics, config, generator))
                batch_labels = targets[rows]
                loss = memory(outputs, batch_labels)
                losses.add(loss)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                memory.update(outputs.detach(), batch_labels)
        losses.look()
        return losses.total / config.iterations

    def _diverged(self, epoch: int, loss: float, batch: int) -> Exception:
        return diverged(
            loss, self.encoder, epoch=epoch, batch=batch, batches=self.config.iterations,
            precision=self.precision,
        )  # fmt: skip

    def _draw(self, epoch: int, labels: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        config = self.config
        return pk_batches(
            labels,
            self.cameras,
            identities=config.identities_per_batch,
            instances=config.instances,
            iterations=config.iterations,
            rng=numpy_stream(config.seed, Stream.SAMPLE, epoch),
        )
