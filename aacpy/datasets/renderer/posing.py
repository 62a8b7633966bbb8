"""Bending a mesh by its bones and projecting it, compiled by Numba.

Axes: x to the right, y away from the camera, z up, in metres. Every kernel runs on one thread and
without fast-math, so equal input gives equal bytes.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def bone_transforms(joints, parents, angles, heading):
    """Rest-to-posed transform of every bone, (b, 3, 4) float64.

    joints : (b, 3) rest position of each bone's joint; parents : (b,) index, -1 = root, parents
    come first; angles : (b, 3) rotation about x (forwards), y (sideways) and z (twist), applied in
    that order, radians; heading : rotation of the whole body about z.
    """
    count = joints.shape[0]
    result = np.zeros((count, 3, 4))
    rotation = np.zeros((3, 3))
    for b in range(count):
        ax, ay, az = angles[b, 0], angles[b, 1], angles[b, 2]
        if parents[b] < 0:
            az += heading
        cx, sx, cy, sy = np.cos(ax), np.sin(ax), np.cos(ay), np.sin(ay)
        cz, sz = np.cos(az), np.sin(az)
        rotation[0, 0], rotation[0, 1] = cz * cy, cz * sy * sx - sz * cx
        rotation[0, 2] = cz * sy * cx + sz * sx
        rotation[1, 0], rotation[1, 1] = sz * cy, sz * sy * sx + cz * cx
        rotation[1, 2] = sz * sy * cx - cz * sx
        rotation[2, 0], rotation[2, 1], rotation[2, 2] = -sy, cy * sx, cy * cx
        for i in range(3):
            shift = joints[b, i]
            for j in range(3):
                shift -= rotation[i, j] * joints[b, j]
            if parents[b] < 0:
                for j in range(3):
                    result[b, i, j] = rotation[i, j]
                result[b, i, 3] = shift
            else:
                result[b, i, 3] = shift
        if parents[b] >= 0:
            parent = result[parents[b]]
            local = result[b].copy()
            for i in range(3):
                for j in range(3):
                    total = 0.0
                    for k in range(3):
                        total += parent[i, k] * rotation[k, j]
                    result[b, i, j] = total
                total = parent[i, 3]
                for k in range(3):
                    total += parent[i, k] * local[k, 3]
                result[b, i, 3] = total
    return result


@njit(cache=True)
def pose(points, normals, bones, weights, transforms):
    """Posed points and normals, each (v, 3) float32; the lowest point is put on the ground.

    bones : (v, 2) the two bones that move a vertex; weights : (v,) share of the first.
    """
    count = points.shape[0]
    moved = np.empty((count, 3), np.float32)
    turned = np.empty((count, 3), np.float32)
    lowest = 1e9
    for v in range(count):
        a, b = transforms[bones[v, 0]], transforms[bones[v, 1]]
        w = weights[v]
        for i in range(3):
            point = 0.0
            normal = 0.0
            for j in range(3):
                m = w * a[i, j] + (1 - w) * b[i, j]
                point += m * points[v, j]
                normal += m * normals[v, j]
            moved[v, i] = point + w * a[i, 3] + (1 - w) * b[i, 3]
            turned[v, i] = normal
        lowest = min(lowest, moved[v, 2])
    for v in range(count):
        moved[v, 2] -= lowest
    return moved, turned


@njit(cache=True)
def project(points, place, lens):
    """Columns, rows (in samples) and inverse depth of world points, (v, 3) float32.

    place : (3,) added to every point; lens : (focal length in samples, camera height in metres,
    column of the optical axis, row of the horizon).
    """
    result = np.empty((points.shape[0], 3), np.float32)
    for v in range(points.shape[0]):
        inverse = 1.0 / max(points[v, 1] + place[1], 0.3)
        result[v, 0] = lens[2] + lens[0] * (points[v, 0] + place[0]) * inverse
        result[v, 1] = lens[3] + lens[0] * (lens[1] - points[v, 2] - place[2]) * inverse
        result[v, 2] = inverse
    return result


@njit(cache=True)
def facing_away(normals, eye):
    """Which vertices' normals clearly point away from the camera, (v,) bool.

    eye : (v, 3) the vertices as seen from the camera.
    """
    result = np.empty(normals.shape[0], np.bool_)
    for v in range(normals.shape[0]):
        dot = 0.0
        for k in range(3):
            dot += normals[v, k] * eye[v, k]
        result[v] = dot > 0.1 * eye[v, 1]
    return result
