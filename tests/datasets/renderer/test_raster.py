"""Drawing triangles and bending bones, against slow explicit code."""

from __future__ import annotations

import numpy as np
import pytest

from aacpy.datasets.renderer import film, posing, raster
from aacpy.datasets.renderer.mesh import MeshBuilder, close, tube
from aacpy.datasets.renderer.patterns import FIELDS
from aacpy.datasets.renderer.skeleton import PARENTS, rest_joints


def scene(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random triangles on a screen of 20 × 30 samples, some of them partly outside."""
    rng = np.random.default_rng(seed)
    points = rng.uniform([-5, -5, 0.1], [35, 25, 1.0], (24, 3)).astype(np.float32)
    return points, rng.permutation(24).reshape(8, 3).astype(np.int32)


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_triangle_wins_at_every_sample(seed: int) -> None:
    screen, triangles = scene(seed)
    nearest, corners = raster.rasterise(screen, triangles, np.zeros(24, bool), 20, 30)
    for row in range(20):
        for column in range(30):
            best, found = 0.0, -1
            for t, corner in enumerate(triangles):
                matrix = np.vstack([screen[corner, :2].T.astype(float), np.ones(3)])
                weights = np.linalg.solve(matrix, [column + 0.5, row + 0.5, 1])
                depth = float(weights @ screen[corner, 2])
                if weights.min() >= 0 and depth > best:
                    best, found = depth, t
            assert nearest[row, column] == found
            if found >= 0:
                a, b = corners[row, column]
                point = np.array([a, b, 1 - a - b]) @ screen[triangles[found], :2]
                assert np.allclose(point, [column + 0.5, row + 0.5], atol=1e-2)


def test_triangles_that_face_away_are_left_out() -> None:
    screen, triangles = scene(0)
    nearest, _ = raster.rasterise(screen, triangles, np.ones(24, bool), 20, 30)
    assert (nearest == -1).all()


def test_a_shadow_covers_what_the_triangles_cover() -> None:
    screen, triangles = scene(1)
    nearest, _ = raster.rasterise(screen, triangles, np.zeros(24, bool), 20, 30)
    mask = np.zeros((20, 30), np.float32)
    raster.cover(screen, triangles, 0.5, mask)
    assert np.array_equal(mask > 0, nearest >= 0)
    assert set(np.unique(mask)) <= {0.0, 0.5}


def test_resolve_averages_the_samples_of_a_pixel_over_the_picture() -> None:
    picture = np.full((1, 2, 3), 1.0, np.float32)
    nearest = np.array([[0, -1, -1, -1], [3, -1, -1, -1]], np.int32)
    colours = np.zeros((2, 4, 3), np.float32)
    colours[0, 0] = 0.4
    raster.resolve(picture, colours, nearest)
    assert np.allclose(picture[0, 0], 0.5 * 1.0 + 0.25 * 0.4 + 0.25 * 0.0)
    assert np.array_equal(picture[0, 1], [1, 1, 1])


def test_darkening_nothing_changes_nothing_and_everything_scales() -> None:
    picture = np.random.default_rng(0).random((9, 7, 3)).astype(np.float32)
    same = picture.copy()
    raster.darken(same, np.zeros((9, 7), np.float32), 2)
    assert np.array_equal(same, picture)
    raster.darken(same, np.full((9, 7), 0.25, np.float32), 2)
    assert np.allclose(same, 0.75 * picture, atol=1e-6)


def test_a_blur_keeps_a_flat_picture_and_matches_a_loop() -> None:
    kernel = np.array([0.25, 0.5, 0.25], np.float32)
    assert np.allclose(film.soften(np.full((5, 4, 3), 0.3, np.float32), kernel), 0.3)
    picture = np.random.default_rng(1).random((6, 5, 3)).astype(np.float32)
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    expected = np.zeros_like(picture)
    for dy in range(3):
        for dx in range(3):
            expected += kernel[dy] * kernel[dx] * padded[dy : dy + 6, dx : dx + 5]
    assert np.allclose(film.soften(picture, kernel), expected, atol=1e-6)


def test_bones_turn_their_children_with_them() -> None:
    joints, angles = rest_joints(0.18, 0.09), np.zeros((15, 3))
    still = posing.bone_transforms(joints, PARENTS, angles, 0.0)
    for bone in range(15):
        assert np.allclose(still[bone], np.eye(3, 4))
    angles[3, 0] = np.pi / 2  # the right arm straight forwards
    moved = posing.bone_transforms(joints, PARENTS, angles, 0.0)
    elbow, wrist = joints[4], joints[4] - [0, 0, 0.25]
    length = joints[3, 2] - elbow[2]
    lifted = moved[4, :, :3] @ wrist + moved[4, :, 3]
    expected = joints[3] + [elbow[0] - joints[3][0], length + 0.25, elbow[1] - joints[3][1]]
    assert np.allclose(lifted, expected)
    turned = posing.bone_transforms(joints, PARENTS, np.zeros((15, 3)), np.pi / 2)
    assert np.allclose(turned[0, :, :3] @ [0, 1, 0], [-1, 0, 0])


def test_a_posed_body_stands_on_the_ground() -> None:
    points = np.array([[0, 0, 0.4], [0, 0, 1.0]], np.float32)
    identity = np.tile(np.eye(3, 4), (15, 1, 1))
    moved, turned = posing.pose(
        points, points, np.zeros((2, 2), np.int32), np.ones(2, np.float32), identity
    )
    assert np.allclose(moved[:, 2], [0.0, 0.6])
    assert np.allclose(turned, points)


@pytest.mark.parametrize("upwards", [True, False])
def test_normals_of_a_closed_tube_point_outwards(upwards: bool) -> None:
    heights = np.linspace(0, 1, 6) if upwards else np.linspace(1, 0, 6)
    grid = tube(np.stack([0 * heights, 0 * heights, heights], 1), np.full(6, 0.2), np.full(6, 0.1))
    builder = MeshBuilder()
    kind = builder.material(np.zeros(len(FIELDS)))
    builder.add(close(grid, first=True, last=True), kind, (0, 0))
    mesh = builder.build()
    outward = mesh.points - [0, 0, 0.5]
    assert ((mesh.normals * outward).sum(axis=1) > 0).all()
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)
    assert mesh.triangles.max() == len(mesh.points) - 1
    assert mesh.around.min() == pytest.approx(-mesh.around.max())
