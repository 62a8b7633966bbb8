"""A rendered benchmark in Market-1501's own directory layout.

`render_pedestrians` draws a crowd and writes it; `render_like` writes the full-size twin of
Market-1501 from the dataset's published metadata, `render_market_size` a dataset as large without
them; `render_images` renders any list of images into a folder. Everything random in an image
follows from the seed, the identity, the camera and the file name, so any part of a dataset renders
to the same bytes, in any order, by any number of workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.attributes import AttributeTable
from aacpy.datasets.renderer.crowd import sample_attributes
from aacpy.datasets.renderer.manifest import RENDERER_VERSION, check_root, write_dataset
from aacpy.datasets.renderer.market_names import market_twin, plan_benchmark
from aacpy.datasets.renderer.market_size import plan_market_size
from aacpy.datasets.renderer.preview import contact_sheet
from aacpy.datasets.renderer.rendering import check_integer, checked_scene, render_folder

__all__ = [
    "RENDERER_VERSION",
    "contact_sheet",
    "render_images",
    "render_like",
    "render_market_size",
    "render_pedestrians",
    "sample_attributes",
]


def render_pedestrians(
    root: str | Path,
    *,
    identities: int = 100,
    images_per_camera: int = 3,
    cameras: int = 6,
    cameras_per_identity: int = 4,
    distractors: int | None = None,
    junk: int | None = None,
    camera_gap: float = 1.0,
    seed: int = 0,
    height: int = 128,
    width: int = 64,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Write a benchmark of rendered pedestrians; about 300 images a second on one core.

    Parameters
    ----------
    root : directory to write; it must be new, empty, or an earlier rendering with the same
        parameters, which is then completed, or left alone if it is complete.
    identities : number of train identities and, again, of test identities; 1 to 4999.
    images_per_camera : images of an identity in each camera that sees it; 1 to 99.
    cameras : number of cameras; 1 to 9 (a file name has one digit for it).
    cameras_per_identity : how many of them see each identity; 2 to `cameras`, because a query
        needs a match from another camera.
    distractors : test images of nobody's identity (0000): false detections and strangers. Default
        `identities // 2`.
    junk : test images of identity -1: badly cut detections. Default `identities // 5`.
    camera_gap : how strongly the cameras differ in colour, light and tone; 0 to 4. A factor on the
        logarithms of each camera's ratios to a common one: 0 makes all cameras equal in this.
    seed : integer from 0; draws the crowd, the cameras and every image.
    height, width : of the images in pixels; 32 to 512 and 16 to 256.
    workers : processes that render; the bytes do not depend on it.
    progress : show a progress bar.

    Returns
    -------
    The directory, which then holds `bounding_box_train/`, `query/`, `bounding_box_test/`,
    `market_attribute.mat` and, written last, `pedestrians.json`.

    Raises
    ------
    DatasetError
        If a parameter is of the wrong type or out of range, or the directory holds anything else.
    """
    check_integer("identities", identities, 1, 4999)
    check_integer("images_per_camera", images_per_camera, 1, 99)
    check_integer("cameras", cameras, 2, 9)
    check_integer("cameras_per_identity", cameras_per_identity, 2, cameras)
    distractors = identities // 2 if distractors is None else distractors
    junk = identities // 5 if junk is None else junk
    check_integer("distractors", distractors, 0, 99999)
    check_integer("junk", junk, 0, 99999)
    scene = checked_scene(seed, height, width, camera_gap)
    counts = {
        "identities": identities, "images_per_camera": images_per_camera, "cameras": cameras,
        "cameras_per_identity": cameras_per_identity, "distractors": distractors, "junk": junk,
    }  # fmt: skip
    parameters = {"kind": "pedestrians", **{name: int(count) for name, count in counts.items()}}
    folder = check_root(root)
    plan = plan_benchmark(
        identities=identities, images_per_camera=images_per_camera, cameras=cameras,
        cameras_per_identity=cameras_per_identity, distractors=distractors, junk=junk, seed=seed,
    )  # fmt: skip
    return write_dataset(folder, plan, parameters, scene, workers=workers, progress=progress)


def render_like(
    metadata: str | Path,
    root: str | Path,
    *,
    seed: int = 0,
    limit: int | None = None,
    height: int = 128,
    width: int = 64,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Write the full-size twin of Market-1501: its identities, cameras and attributes, rendered.

    Parameters
    ----------
    metadata : directory with `market_attribute.mat` (Lin et al.) and, from re-ranking's evaluation
        data (Zhong et al.), `bounding_box_train.txt`, `queryID.mat`, `queryCam.mat`, `testID.mat`
        and `testCam.mat`. Train names are the real ones; of query and gallery images only identity
        and camera are known, so their names are made up in the same grammar.
    root, seed, height, width, workers, progress : as in `render_pedestrians`.
    limit : render only the first `limit` images of each split (None: all 12,936 + 3,368 + 19,732).

    Returns
    -------
    The directory, in the layout of `render_pedestrians`.

    Raises
    ------
    DatasetError
        If a file is missing or does not hold what it should, or as in `render_pedestrians`.
    """
    scene = checked_scene(seed, height, width)
    limit = _checked_limit(limit)
    folder = check_root(root)
    plan = market_twin(Path(metadata), limit=limit)
    parameters = {"kind": "market1501-twin", "plan": plan.digest, "limit": limit}
    return write_dataset(folder, plan, parameters, scene, workers=workers, progress=progress)


def render_market_size(
    root: str | Path,
    *,
    seed: int = 0,
    limit: int | None = None,
    height: int = 128,
    width: int = 64,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Write a dataset of Market-1501's size without its metadata: its counts, a crowd of our own.

    12,936 train images of 751 identities; 3,368 queries and 19,732 test images of 750 others, of
    these 13,115 of the identities, 2,798 distractors and 3,819 junk. Each identity is seen by 2 to
    6 of six cameras and has 2 to 72 images; a test identity has one query, and an image to find, in
    each camera that sees it. The counts are Market-1501's (Zheng et al., ICCV 2015), the attributes
    `sample_attributes`'; who is seen where, and how often, is drawn from the seed.

    Parameters
    ----------
    root, seed, height, width, workers, progress : as in `render_pedestrians`.
    limit : render only the first `limit` images of each split (None: all). The bytes are those of
        the whole, but a query's matches may be missing.

    Returns
    -------
    The directory, in the layout of `render_pedestrians`.

    Raises
    ------
    DatasetError
        As in `render_pedestrians`.
    """
    scene = checked_scene(seed, height, width)
    limit = _checked_limit(limit)
    folder = check_root(root)
    plan = plan_market_size(seed=seed, limit=limit)
    parameters = {"kind": "market-size", "limit": limit}
    return write_dataset(folder, plan, parameters, scene, workers=workers, progress=progress)


def render_images(
    folder: str | Path,
    items: Sequence[tuple[str, int, int]],
    attributes: AttributeTable | Mapping[int, Sequence[int] | NDArray[np.integer[Any]]],
    *,
    seed: int = 0,
    height: int = 128,
    width: int = 64,
    workers: int = 1,
    progress: bool = False,
) -> list[Path]:
    """Render a list of images into a folder, over what is there.

    Parameters
    ----------
    folder : made if missing.
    items : (file name relative to `folder`, identity, camera from 1) of each image. Identity 0 is
        a false detection or a stranger, -1 a badly cut detection; neither needs attributes.
    attributes : the 27 values, from 1, of each identity above 0.
    seed, height, width, workers, progress : as in `render_pedestrians`.

    Returns
    -------
    The files, in the order of `items`.

    Raises
    ------
    DatasetError
        If an argument is wrong, a name leads out of the folder, or an identity has no attributes.
    """
    scene = checked_scene(seed, height, width)
    return render_folder(Path(folder), items, attributes, scene, workers=workers, progress=progress)


def _checked_limit(limit: int | None) -> int | None:
    """The limit as a plain integer, which JSON can hold, or None."""
    if limit is None:
        return None
    check_integer("limit", limit, 1, 10**6)
    return int(limit)
