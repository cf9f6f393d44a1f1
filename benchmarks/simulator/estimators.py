"""Estimators of stylised facts, on arrays alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def autocorrelation(values: Floats, lags: NDArray[np.int64]) -> Floats:
    """Sample autocorrelation along the last axis at each lag of at least 1, averaged over the other axes, each series
    about its own mean. Series without any variation are left out; NaN when none is left."""
    series = np.atleast_2d(values)
    centred = series - series.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1)
    centred, variance = centred[variance > 0], variance[variance > 0]
    if not len(centred):
        return np.full(len(lags), np.nan)
    return np.array([((centred[:, lag:] * centred[:, :-lag]).mean(axis=-1) / variance).mean() for lag in lags])


def excess_kurtosis(values: Floats) -> float:
    """Fourth standardised moment along the last axis minus 3, median over the other axes: 0 for a Gaussian."""
    series = np.atleast_2d(values)
    centred = series - series.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1)
    kept = variance > 0
    return float(np.median((centred[kept] ** 4).mean(axis=-1) / variance[kept] ** 2 - 3))


def hill(values: Floats, share: float) -> float:
    """Tail index of positive values: Hill's estimator (1975) over the largest `share` of them."""
    ordered = np.sort(values)[::-1]
    count = max(int(len(ordered) * share), 2)
    return float(1 / np.log(ordered[:count] / ordered[count]).mean())


def decay_exponent(lags: NDArray[np.int64], correlations: Floats) -> float:
    """b of correlation ~ lag^-b, least squares on logarithms over the positive correlations; NaN with fewer than 3."""
    kept = correlations > 0
    if kept.sum() < 3:
        return float("nan")
    slope, _ = np.polyfit(np.log(lags[kept]), np.log(correlations[kept]), 1)
    return float(-slope)


def benford_distance(values: Floats) -> float:
    """Mean absolute deviation of first significant digits from Benford's law (1938), in shares."""
    positive = values[values > 0]
    digit = (positive / 10.0 ** np.floor(np.log10(positive))).astype(np.int64).clip(1, 9)
    found = np.bincount(digit, minlength=10)[1:] / len(digit)
    return float(np.abs(found - np.log10(1 + 1 / np.arange(1, 10))).mean())


def last_prices(step: NDArray[np.int64], price: Floats, steps: int) -> Floats:
    """The last price known at the end of each of `steps` steps; NaN before the first. `step` ascends, one per price."""
    place = np.searchsorted(step, np.arange(steps), "right") - 1
    return np.where(place >= 0, price[np.maximum(place, 0)], np.nan)
