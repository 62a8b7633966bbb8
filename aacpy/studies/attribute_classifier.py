"""Attributes of all training images, predicted by a classifier trained on the labelled ones.

A linear probe: one logistic regression per attribute on the features of an encoder that is built
as a run's and, like that, not yet trained. With few identities labelled, a network trained on
them learns these identities instead of their attributes: on the rendered benchmark's development
seeds fewer of the values that it predicted were right, at every labelled share, and it took longer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tqdm.auto import tqdm

from aacpy.config import Config
from aacpy.errors import RunError
from aacpy.extraction import extract_features, warm_up
from aacpy.fresh_encoder import fresh_encoder
from aacpy.image_store import ImageStore
from aacpy.random_streams import Stream

# scikit-learn's C, the inverse of the L2 penalty. Of 0.1, 1, 3, 10 and 30 on development seeds,
# 3 and 10 have the most right values, and 10 has more images with all of them right.
_INVERSE_PENALTY = 10.0

_MAX_ITERATIONS = 1000  # of L-BFGS; it stops by itself long before


class AttributeAccuracy(NamedTuple):
    """How often predictions are right, over the images whose attributes were predicted.

    Attributes
    ----------
    values : share of right values, over all these images and attributes.
    images : share of these images that have all attributes right.
    """

    values: float
    images: float


def predict_attributes(
    config: Config,
    store: ImageStore,
    values: NDArray[np.int64],
    known: NDArray[np.bool_],
    device: torch.device,
    precision: str,
    progress: bool = True,
) -> NDArray[np.int64]:
    """Give every image of a split attributes: the labelled their own, the others predictions.

    The same arguments give the same result, and torch's global generator stays as it is.

    Parameters
    ----------
    config : `seed` and the settings of the encoder, its warm-up and its features are used.
    store : the n training images.
    values : (n, u) int64, the attributes' values, from 0. Rows of unlabelled images are not read.
    known : (n,) bool, the images of labelled identities.
    device : the store's, where the encoder runs.
    precision : "float32" or "bfloat16", of the encoder's passes.
    progress : show a bar of the attributes.

    Returns
    -------
    (n, u) int64 : the rows of `values` where `known`, else the likeliest value of each attribute.
        A value that no labelled image has is never predicted.

    Raises
    ------
    ValueError
        If shapes or types do not fit, a labelled value is below 0, or no image is labelled.
    RunError
        If features are not finite.
    WeightsError
        As `build_encoder`.
    """
    values, known = _checked(values, known, len(store))
    predicted = values.copy()
    if known.all():
        return predicted
    features = _features(config, store, device, precision)
    labelled, others = features[known], features[~known]
    for attribute in tqdm(range(values.shape[1]), "attributes", leave=False, disable=not progress):
        predicted[~known, attribute] = _predict(labelled, values[known, attribute], others)
    return predicted


def attribute_accuracy(
    predicted: NDArray[np.int64], true: NDArray[np.int64], known: NDArray[np.bool_]
) -> AttributeAccuracy:
    """Compare predictions with the truth where `known` is False; nan if that is nowhere.

    Parameters
    ----------
    predicted, true : (n, u) int64.
    known : (n,) bool, the images of labelled identities, which do not count.

    Raises
    ------
    ValueError
        If shapes or types do not fit.
    """
    true, known = _checked(true, known, len(predicted), labelled=False)
    if predicted.shape != true.shape:
        raise ValueError(f"predicted must have shape {true.shape}, not {predicted.shape}")
    right = (predicted == true)[~known]
    if not right.size:
        return AttributeAccuracy(float("nan"), float("nan"))
    return AttributeAccuracy(float(right.mean()), float(right.all(1).mean()))


def _features(
    config: Config, store: ImageStore, device: torch.device, precision: str
) -> NDArray[np.float64]:
    """Features of all images in a fresh encoder whose BatchNorm is warmed up, (n, d)."""
    encoder = fresh_encoder(config, Stream.CLASSIFY, device)
    warm_up(encoder, store, config, precision)
    features = extract_features(
        encoder, store, batch_size=config.feature_batch, precision=precision
    )
    result: NDArray[np.float64] = features.cpu().numpy().astype(np.float64)
    if not np.isfinite(result).all():
        raise RunError(
            "the attribute classifier's features are not finite. Pass precision='float32', or "
            "other weights."
        )
    return result


def _predict(
    labelled: NDArray[np.float64], values: NDArray[np.int64], others: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The likeliest value for each row of `others`, (m,) int64, learnt from `labelled`."""
    if (values == values[0]).all():  # nothing to tell apart
        return np.full(len(others), values[0])
    model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=_MAX_ITERATIONS)
    result: NDArray[np.int64] = model.fit(labelled, values).predict(others)
    return result


def _checked(
    values: NDArray[np.int64], known: NDArray[np.bool_], n: int, *, labelled: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    values, known = np.asarray(values), np.asarray(known)
    if values.ndim != 2 or len(values) != n or values.dtype.kind not in "iu":
        raise ValueError(
            f"values must be integers of shape ({n}, u), not {values.dtype} of {values.shape}"
        )
    if known.shape != (n,) or known.dtype != np.bool_:
        raise ValueError(f"known must be bool of shape ({n},), not {known.dtype} of {known.shape}")
    if labelled and not known.any():
        raise ValueError("known must be True for one image or more: there is nothing to learn from")
    if labelled and (values[known] < 0).any():
        raise ValueError(f"values must be at least 0 where known, not {values[known].min()}")
    return values.astype(np.int64), known
