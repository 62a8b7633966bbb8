"""From a person's description to a mesh that can walk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer import accessories, body, patterns, posing, wardrobe
from aacpy.datasets.renderer.mesh import Mesh, MeshBuilder
from aacpy.datasets.renderer.person import Garment, Person
from aacpy.datasets.renderer.skeleton import PARENTS, REFERENCE_HEIGHT, rest_joints, walking_angles


@dataclass(frozen=True)
class Model:
    """A person's mesh and joints; built once, posed for every image."""

    person: Person
    mesh: Mesh
    joints: NDArray[np.float64]

    def posed(
        self, phase: float, heading: float, *, effort: float = 1.0, look: float = 0.0,
        arms: str = "free",
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
        """Points and normals in a step of the walk, (v, 3) each, metres, feet on the ground.

        heading : 0 walks away from the camera, π towards it; see `walking_angles` for the rest.
        """
        if self.person.handbag is not None:  # that hand is taken
            arms = "right" if self.person.bag_side > 0 else "left"
        angles = walking_angles(self.person.gait, phase, effort=effort, arms=arms, look=look)
        transforms = posing.bone_transforms(self.joints, PARENTS, angles, heading)
        mesh = self.mesh
        points, normals = posing.pose(
            mesh.points, mesh.normals, mesh.bones, mesh.weights, transforms
        )
        points *= np.float32(self.person.height / REFERENCE_HEIGHT)
        return points, normals


def build_model(person: Person) -> Model:
    """The mesh of a dressed person in the rest pose."""
    figure = body.figure_of(person)
    builder = MeshBuilder()
    skin_row = Garment(person.skin, (0.72, 0.36, 0.34), person.skin)
    skin = builder.material(wardrobe.material(skin_row, gloss=0.03, fold=0.0))
    eye_height = body.CHIN + 0.50 * (body.CROWN - body.CHIN) * (0.5 + 0.5 * figure.head)
    face = builder.material(wardrobe.material(
        skin_row, pattern=patterns.FACE, gloss=0.03, fold=0.0, height=eye_height,
        size=0.088 * figure.head, detail=float(person.beard), duty=float(person.glasses),
    ))  # fmt: skip
    body.add_head(builder, figure, face, skin)
    accessories.add_hair(builder, person, figure)
    accessories.add_hat(builder, person, figure)
    sleeve_end = wardrobe.add_upper(builder, person, figure)
    body.add_arms(builder, figure, skin, lowest_cover=sleeve_end)
    if person.skirt:
        wardrobe.add_skirt(builder, person, figure)
        body.add_legs(builder, figure, skin, lowest_cover=0.70 if person.short_lower else 0.3)
    else:
        wardrobe.add_trousers(builder, person, figure)
        if person.short_lower:
            body.add_legs(builder, figure, skin, lowest_cover=0.50 + 0.10 * person.hem)
    wardrobe.add_shoes(builder, person, figure, skin)
    accessories.add_backpack(builder, person, figure)
    accessories.add_bag(builder, person, figure)
    accessories.add_handbag(builder, person, figure)
    return Model(person, builder.build(), rest_joints(figure.shoulder, figure.hip))
