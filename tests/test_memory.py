"""ClusterMemory against loops of Eq. 1 to 3 in float64."""

from __future__ import annotations

import math
import re

import pytest
import torch
from torch.nn.functional import normalize

from aacpy import ClusterMemory
from aacpy.memory import cluster_centroids


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    centroids = normalize(torch.randn(7, 5, generator=generator, dtype=torch.float64))
    features = normalize(torch.randn(24, 5, generator=generator, dtype=torch.float64))
    labels = torch.randint(0, 6, (24,), generator=generator)  # cluster 6 has no sample
    return centroids, features, labels


def loss_by_loop(centroids, features, labels, temperature):
    total = 0.0
    for q, label in zip(features, labels, strict=True):
        scores = [math.exp(float(q @ phi) / temperature) for phi in centroids]
        total -= math.log(scores[int(label)] / sum(scores))
    return total / len(features)


@pytest.mark.parametrize("temperature", [0.05, 0.1, 1.0])
def test_loss_equals_the_loop(batch, temperature):
    centroids, features, labels = batch
    memory = ClusterMemory(centroids, temperature=temperature)
    expected = loss_by_loop(centroids, features, labels, temperature)
    assert float(memory(features, labels)) == pytest.approx(expected, rel=1e-12)


def test_gradient_equals_the_closed_form(batch):
    centroids, features, labels = batch
    features.requires_grad_(True)
    ClusterMemory(centroids, temperature=0.2)(features, labels).backward()
    for i, q in enumerate(features.detach()):
        scores = [math.exp(float(q @ phi) / 0.2) for phi in centroids]
        mean = sum(s / sum(scores) * phi for s, phi in zip(scores, centroids, strict=True))
        expected = (mean - centroids[int(labels[i])]) / 0.2 / len(features)
        torch.testing.assert_close(features.grad[i], expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.1, 0.5, 1.0])
def test_update_equals_the_loop_in_batch_order(batch, momentum):
    centroids, features, labels = batch
    memory = ClusterMemory(centroids, momentum=momentum)
    memory.update(features, labels)
    expected = centroids.clone()
    for q, label in zip(features, labels, strict=True):
        moved = momentum * expected[label] + (1 - momentum) * q
        expected[label] = moved / moved.norm()
    torch.testing.assert_close(memory.centroids, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("labels", [[0] * 24, list(range(6)) * 4, [5] * 20 + [0, 0, 1, 2]])
def test_update_of_few_many_and_uneven_clusters_equals_the_loop(batch, labels):
    centroids, features, _ = batch
    memory = ClusterMemory(centroids, momentum=0.3)
    memory.update(features, torch.tensor(labels))
    expected = centroids.clone()
    for q, label in zip(features, labels, strict=True):
        expected[label] = normalize(0.3 * expected[label] + 0.7 * q, dim=0)
    torch.testing.assert_close(memory.centroids, expected, rtol=1e-12, atol=1e-14)


def test_order_within_a_cluster_matters(batch):
    centroids, features, _ = batch
    labels = torch.zeros(24, dtype=torch.int64)
    forward, backward = ClusterMemory(centroids), ClusterMemory(centroids)
    forward.update(features, labels)
    backward.update(features.flip(0), labels)
    assert not torch.allclose(forward.centroids, backward.centroids)


def test_loss_has_no_side_effect(batch):
    centroids, features, labels = batch
    memory = ClusterMemory(centroids)
    first = memory(features, labels)
    assert torch.equal(memory(features, labels), first)
    assert torch.equal(memory.centroids, centroids)


def test_update_leaves_inputs_and_graph_alone(batch):
    centroids, features, labels = batch
    before = centroids.clone()
    features.requires_grad_(True)
    memory = ClusterMemory(centroids)
    memory.update(features, labels)
    assert not memory.centroids.requires_grad
    assert torch.equal(centroids, before)
    torch.testing.assert_close(memory.centroids.norm(dim=1), torch.ones(7, dtype=torch.float64))


def test_empty_batch_updates_nothing(batch):
    centroids, features, labels = batch
    memory = ClusterMemory(centroids)
    memory.update(features[:0], labels[:0])
    assert torch.equal(memory.centroids, centroids)


def test_centroids_are_normalised_means_without_unclustered():
    features = torch.tensor([[3.0, 0], [1, 0], [0, 2], [9, 9], [0, 4]])
    labels = torch.tensor([1, 1, 0, -1, 0])
    assert cluster_centroids(features, labels).tolist() == [[0, 1], [1, 0]]
    features = torch.tensor([[1.0, 0], [0, 1]])
    expected = torch.full((1, 2), 0.5**0.5)
    torch.testing.assert_close(cluster_centroids(features, torch.tensor([0, 0])), expected)


@pytest.mark.parametrize(
    ("labels", "message"), [([-1, -1], "all labels are -1"), ([0, 2], "no sample has 1")]
)
def test_centroids_of_bad_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        cluster_centroids(torch.ones(2, 3), torch.tensor(labels))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"centroids": torch.ones(3)}, "shape (K, d)"),
        ({"centroids": torch.ones(0, 3)}, "shape (K, d)"),
        ({"centroids": torch.ones(2, 3, dtype=torch.int64)}, "float tensor"),
        ({"momentum": 1.1}, "momentum must be in [0, 1], not 1.1"),
        ({"momentum": -0.1}, "momentum must be in [0, 1], not -0.1"),
        ({"temperature": 0}, "temperature must be above 0, not 0"),
    ],
)
def test_bad_settings(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ClusterMemory(**{"centroids": torch.ones(2, 3), **arguments})


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (torch.ones(2, 4), torch.tensor([0, 1]), "shape (b, 3)"),
        (torch.ones(2, 3), torch.tensor([0]), "labels must be 2 int64"),
        (torch.ones(2, 3), torch.tensor([0.0, 1]), "labels must be 2 int64"),
        (torch.ones(2, 3), torch.tensor([0, -1]), "labels must be in 0..1"),
        (torch.ones(2, 3), torch.tensor([0, 2]), "labels must be in 0..1"),
    ],
)
def test_bad_batches(features, labels, message):
    memory = ClusterMemory(torch.eye(2, 3))
    with pytest.raises(ValueError, match=re.escape(message)):
        memory(features, labels)
    with pytest.raises(ValueError, match=re.escape(message)):
        memory.update(features, labels)
