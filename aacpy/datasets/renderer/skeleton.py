"""The skeleton of a person: bones, their rest joints, and how a walk bends them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

(
    PELVIS, CHEST, HEAD, R_ARM, R_FOREARM, L_ARM, L_FOREARM,
    R_THIGH, R_SHIN, R_FOOT, L_THIGH, L_SHIN, L_FOOT, R_ITEM, L_ITEM,
) = range(15)  # fmt: skip

PARENTS = np.array([-1, 0, 1, 1, 3, 1, 5, 0, 7, 8, 0, 10, 11, 4, 6], np.int64)

#: Height of the figure that all lengths of the body are given for, in metres.
REFERENCE_HEIGHT = 1.70


def rest_joints(shoulder: float, hip: float) -> NDArray[np.float64]:
    """Joint of each bone in the rest pose, (15, 3) metres, arms hanging.

    shoulder, hip : half the distance between the shoulder and the hip joints, metres.
    """
    hand = (shoulder + 0.035, 0.02, 0.80)
    right = {
        R_ARM: (shoulder, -0.012, 1.375), R_FOREARM: (shoulder + 0.02, -0.012, 1.10),
        R_THIGH: (hip, 0.0, 0.90), R_SHIN: (hip, 0.0, 0.49), R_FOOT: (hip, -0.01, 0.085),
        R_ITEM: hand,
    }  # fmt: skip
    joints = np.zeros((15, 3))
    joints[PELVIS], joints[CHEST], joints[HEAD] = (0, 0, 0.95), (0, -0.005, 1.08), (0, -0.01, 1.46)
    mirror = {R_ARM: L_ARM, R_FOREARM: L_FOREARM, R_THIGH: L_THIGH, R_SHIN: L_SHIN,
              R_FOOT: L_FOOT, R_ITEM: L_ITEM}  # fmt: skip
    for bone, joint in right.items():
        joints[bone] = joint
        joints[mirror[bone]] = (-joint[0], joint[1], joint[2])
    return joints


@dataclass(frozen=True)
class Gait:
    """How one person walks; angles in radians.

    stride : amplitude of the thighs; swing : of the arms; lean : of the trunk, forwards; stoop :
    of the head; spread : of the arms, sideways; bend : of the elbows; sway : of the pelvis.
    """

    stride: float
    swing: float
    lean: float
    stoop: float
    spread: float
    bend: float
    sway: float


def walking_angles(
    gait: Gait, phase: float, *, effort: float = 1.0, arms: str = "free", look: float = 0.0
) -> NDArray[np.float64]:
    """Angles of every bone at a phase of the step, (15, 3), as `raster.bone_transforms` takes them.

    phase : radians, a cycle of two steps is 2π; effort : 0 stands, 1 walks; arms : "free",
    "phone" (right hand before the chest), "straps" (both hands at a backpack's straps), "right" or
    "left" (that hand carries a bag, so it hardly swings); look : turn of the head, radians.
    """
    angles = np.zeros((15, 3))
    stride, swing = gait.stride * effort, gait.swing * effort
    angles[PELVIS] = (-0.02, gait.sway * effort * np.sin(phase), 0.10 * effort * np.cos(phase))
    angles[CHEST] = (
        -gait.lean,
        -1.2 * gait.sway * effort * np.sin(phase),
        -0.22 * effort * np.cos(phase),
    )
    angles[HEAD] = (gait.lean - gait.stoop, 0.0, 0.12 * effort * np.cos(phase) + look)
    legs = ((R_THIGH, R_SHIN, R_FOOT, phase, 1.0), (L_THIGH, L_SHIN, L_FOOT, phase + np.pi, -1.0))
    for thigh, shin, foot, p, side in legs:
        forward = stride * np.cos(p) + 0.06 * effort
        lifting = max(0.0, -np.sin(p + 0.45))
        knee = 0.06 + effort * (0.10 + 1.9 * gait.stride * lifting**1.6)
        toe = effort * (0.30 * max(0.0, np.cos(p)) ** 3 - 0.75 * max(0.0, -np.cos(p - 0.35)) ** 3)
        angles[thigh] = (forward, -0.02 * side, -0.08 * side)
        angles[shin] = (-knee, 0.0, 0.0)
        angles[foot] = (toe - forward + knee, 0.0, -0.08 * side)
    arm_bones = ((R_ARM, R_FOREARM, R_ITEM, phase + np.pi, 1.0, "right"),
                 (L_ARM, L_FOREARM, L_ITEM, phase, -1.0, "left"))  # fmt: skip
    for arm, forearm, item, p, side, name in arm_bones:
        forward = swing * np.cos(p) + 0.02
        elbow = gait.bend + 0.5 * swing * max(0.0, np.cos(p)) + 0.1
        outward = -gait.spread * side
        if arms == name:
            forward, elbow, outward = 0.25 * forward, 0.6 * elbow, 1.3 * outward
        elif arms == "straps":
            forward, elbow, outward = -0.12, 2.4, 0.3 * outward
        elif arms == "phone" and name == "right":
            forward, elbow, outward = 0.30, 1.75, 0.3 * outward
        angles[arm] = (forward, outward, 0.0)
        angles[forearm] = (elbow, 0.45 * side if elbow > 1.5 else 0.0, 0.25 * side)
        angles[item] = (-forward - elbow + gait.lean, -outward, 0.0)
    return angles
