"""Speed of the renderer: images a second on one core, files written, compilation apart.

python benchmarks/render.py [--identities N] [--repeats R]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from aacpy.datasets.pedestrians import render_pedestrians


def rate(folder: Path, identities: int, seed: int) -> tuple[float, float]:
    """Images a second of wall time and of processor time, for one whole dataset."""
    wall, processor = time.perf_counter(), time.process_time()
    root = render_pedestrians(folder, identities=identities, seed=seed, progress=False)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    images = json.loads((root / "pedestrians.json").read_text())["images"]
    return images / wall, images / processor


def main() -> None:
    """Parse the arguments, warm up, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--identities", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        started = time.perf_counter()
        render_pedestrians(Path(name) / "warm", identities=2, progress=False)
        print(f"first images, with compilation or its cache: {time.perf_counter() - started:.1f} s")
        for repeat in range(arguments.repeats):
            wall, processor = rate(Path(name) / str(repeat), arguments.identities, repeat)
            print(f"{wall:6.0f} images/s of wall time, {processor:6.0f} of processor time")


if __name__ == "__main__":
    main()
