"""The dataset that a config asks for: the user's directory, or the benchmark of its seed."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock

from aacpy.config import Config
from aacpy.datasets import ReidDataset, load_market1501
from aacpy.datasets.pedestrians import render_pedestrians
from aacpy.datasets.renderer.manifest import MANIFEST, RENDERER_VERSION
from aacpy.errors import DatasetError
from aacpy.files import data_root, writing


def load_data(config: Config, *, progress: bool = True) -> ReidDataset:
    """The dataset of a config: its `data` directory, or the benchmark rendered from its seed.

    The benchmark is rendered into `data_root()` the first time it is asked for.

    Raises
    ------
    DatasetError
        If the data are missing or wrong, or the method needs attributes and there are none.
    """
    if config.data is not None:
        dataset = load_market1501(config.data, config.attributes)
    elif config.preset_name == "paper":
        raise DatasetError(
            "the paper preset trains on Market-1501: pass data=PATH, the directory that holds "
            "bounding_box_train, query and bounding_box_test (python -m aacpy check PATH checks "
            "it; the README says where to get it)"
        )
    else:
        dataset = load_market1501(render_benchmark(config, progress=progress))
    if config.needs_attributes:
        dataset.require_attributes()
    return dataset


def data_on_disk(config: Config) -> ReidDataset | None:
    """The dataset of a config as it lies there now; None if it is missing or not yet rendered."""
    root = benchmark_root(config) if config.data is None else Path(config.data)
    if config.data is None and (
        config.preset_name != "pedestrians" or not (root / MANIFEST).exists()
    ):
        return None  # no data are named, or their rendering is not complete
    try:
        return load_market1501(root, config.attributes)
    except DatasetError:
        return None


def benchmark_root(config: Config) -> Path:
    """Where the embedded benchmark of a config lies once it is rendered."""
    shape = (config.identities, config.cameras, config.cameras_per_identity,
             config.images_per_camera)  # fmt: skip
    gap = "" if config.camera_gap == 1 else f"-gap{config.camera_gap}"
    name = f"pedestrians-{'x'.join(map(str, shape))}-seed{config.seed}{gap}-v{RENDERER_VERSION}"
    return data_root() / name


def render_benchmark(config: Config, *, progress: bool = True) -> Path:
    """Render the embedded benchmark of a config unless it is there; return its directory.

    The directory is named after the renderer's version too: a newer one renders beside it.
    """
    root = benchmark_root(config)
    with writing(root):
        root.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(root.parent / f".{root.name}.lock"):  # runs of one seed start side by side
            return render_pedestrians(
                root,
                identities=config.identities,
                cameras=config.cameras,
                cameras_per_identity=config.cameras_per_identity,
                images_per_camera=config.images_per_camera,
                camera_gap=config.camera_gap,
                seed=config.seed,
                progress=progress,
            )
