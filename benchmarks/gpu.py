"""The paper's configuration on a GPU, against a plain loop: `make bench GPU=1`.

Trains ResNet-50 from random weights on rendered images of Market-1501's number, or on the directory
that --data names, for a few epochs, and says what 60 epochs would take.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from aacpy import Config, Record, build_encoder, load_market1501, train
from aacpy.datasets.pedestrians import render_market_size, render_pedestrians
from aacpy.errors import AacpyError
from aacpy.files import data_root
from aacpy.machine import device_name, find_device
from aacpy.measurements import Case, Measurement, Timing, measurements_root
from aacpy.provenance import source_revision
from benchmarks.plain_loop import extraction_seconds, seconds, train_steps
from benchmarks.runner import machine
from benchmarks.stages.ghost_batchnorm import GROUPS, encoder, step

#: What a trial changes, so that a CPU does it in seconds.
QUICK = {"height": 32, "width": 16, "backbone": "small", "batch_size": 16, "instances": 4,
         "iterations": 2, "epochs": 1, "pad": 2, "k1": 6, "k2": 2, "threads": 1}  # fmt: skip
WARM_STEPS, PLAIN_STEPS, PLAIN_IMAGES = 3, 20, 2048
PAPER_EPOCHS = Config.preset("paper").epochs


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and store; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        measurement = measure(options)
        path = measurement.write(options.out)
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for name, value in measurement.cases[0].facts.items():
        print(f"{name:40} {value:12,.3f}")
    print(f"written to {path}")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    made.add_argument("--data", type=Path, help="a directory in Market-1501's layout")
    made.add_argument("--device", default="cuda", help="default: cuda")
    made.add_argument("--epochs", type=int, default=2, help="epochs measured (default: 2)")
    made.add_argument("--workers", type=int, default=os.cpu_count(),
                      help="of the plain loop's DataLoader (default: %(default)s)")  # fmt: skip
    made.add_argument("--quick", action="store_true", help="a small net on small images")
    made.add_argument("--out", type=Path, default=measurements_root(), metavar="DIR")
    return made


def measure(options: argparse.Namespace) -> Measurement:
    """All of it, one after another on an otherwise idle device."""
    device = find_device(options.device)
    config = Config.preset(
        "paper", method="supervised", weights=None,
        data=str(options.data or rendered(options.quick)),
        device=options.device, **({"epochs": options.epochs} | (QUICK if options.quick else {})),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        print("training with true identities, for full batches", flush=True)
        record = train(config, Path(folder) / "supervised")
        print("pseudo-labels, with one step an epoch", flush=True)
        clustering = config.replace(method="baseline", iterations=1)
        clustered = train(clustering, Path(folder) / "baseline")
    print("the plain loop", flush=True)
    dataset = load_market1501(config.data or "")
    plain = train_steps(config, dataset, device, WARM_STEPS + PLAIN_STEPS, options.workers)
    images = min(PLAIN_IMAGES, len(dataset.train))
    extraction = extraction_seconds(config, dataset, device, images, options.workers) / images
    works = {
        "library": Timing((record.seconds["train"] / config.epochs / config.iterations,)),
        "textbook": Timing(tuple(plain[WARM_STEPS:])),
        "library extraction": Timing(
            (record.seconds["extract"] / config.epochs / len(dataset.train),)
        ),
        "textbook extraction": Timing((extraction,)),
        **ghost_steps(config, device),
    }
    case = Case(config.batch_size, "", shape(config), works, facts={
        **rates(config, works, device), **phases(record, clustered),
    })  # fmt: skip
    return Measurement(
        stage="gpu", title="the paper's configuration on a GPU", limit="", cases=(case,),
        textbook="float32, DataLoader, memory updated sample by sample",
        data=f"{len(dataset.train):,} training images, {config.backbone} from random weights",
        settings={"repeats": config.epochs, "threads": config.threads, "quick": options.quick},
        environment=machine(config.threads, device_name(device)), revision=source_revision(),
        finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )  # fmt: skip


def rendered(quick: bool) -> Path:
    """Images of Market-1501's number, or a few for a trial, rendered once."""
    workers = os.cpu_count() or 1
    if quick:
        return render_pedestrians(data_root() / "gpu-quick", identities=8, workers=workers)
    return render_market_size(data_root() / "market-size-seed0", workers=workers)


def shape(config: Config) -> str:
    """Batch and pixels."""
    return f"{config.batch_size} × {config.height} × {config.width}"


def rates(config: Config, works: dict[str, Timing], device: torch.device) -> dict[str, float]:
    """Images a second, and the share of the device's matrix rate that training reaches."""
    trained = config.batch_size / works["library"].median
    reached = trained * flop_of_an_image(config) / 1e12
    best = max(matrix_teraflops(device, kind) for kind in (torch.float32, torch.bfloat16))
    return {
        "images a second, training": trained,
        "images a second, training, plain": config.batch_size / works["textbook"].median,
        "images a second, features": 1 / works["library extraction"].median,
        "images a second, features, plain": 1 / works["textbook extraction"].median,
        "teraflop a second, training": reached,
        "teraflop a second, matrix product": best,
        "share of the matrix rate": reached / best,
    }


def flop_of_an_image(config: Config) -> float:
    """Operations of one image's forward and backward pass, counted on a batch of two."""
    net = build_encoder(config.backbone, pooling=config.pooling).train()
    with FlopCounterMode(display=False) as counter:
        net(torch.randn(2, 3, config.height, config.width)).sum().backward()
    return counter.get_total_flops() / 2


def matrix_teraflops(device: torch.device, kind: torch.dtype) -> float:
    """Rate of a square matrix product on the device, median of five."""
    n = 8192 if device.type == "cuda" else 256
    left = torch.randn(n, n, device=device, dtype=torch.float32).to(kind)
    times = [seconds(lambda: left @ left, device) for _ in range(WARM_STEPS + 5)]
    return 2 * n**3 / float(np.median(times[WARM_STEPS:])) / 1e12


def ghost_steps(config: Config, device: torch.device) -> dict[str, Timing]:
    """A training step with four groups and with one, in turn, on the same random batch."""
    images = torch.randn(config.batch_size, 3, config.height, config.width, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    net = encoder(config.backbone).to(device)
    optimizer = torch.optim.Adam(
        [p for p in net.parameters() if p.requires_grad], lr=0.0, fused=device.type == "cuda"
    )

    def forward() -> torch.Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            return net(images).float()

    groups = {"ghost": GROUPS, "one group": 1}
    steps = {name: step(net, count, forward, optimizer) for name, count in groups.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(WARM_STEPS + PLAIN_STEPS):
        for name, run in steps.items():
            times[name].append(seconds(run, device))
    return {name: Timing(tuple(values[WARM_STEPS:])) for name, values in times.items()}


def phases(record: Record, clustered: Record) -> dict[str, float]:
    """Seconds of an epoch by phase, and hours of the paper's schedule."""
    epochs = record.config.epochs
    epoch = {name: record.seconds[name] / epochs for name in ("extract", "train", "evaluate")}
    epoch["cluster"] = clustered.seconds["cluster"] / epochs
    total = record.seconds["load"] + PAPER_EPOCHS * sum(epoch.values())
    named = {f"seconds an epoch, {name}": value for name, value in epoch.items()}
    return {"seconds, load": record.seconds["load"], **named, "hours, 60 epochs": total / 3600}


if __name__ == "__main__":
    sys.exit(main())
