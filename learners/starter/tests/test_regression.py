"""The regression's surface and its loss, held against torch in float64."""

import numpy as np
import pytest
import torch

from minimodel.regression import squared_error, surface
from minitorch import Tensor


@pytest.mark.parametrize("n", [1, 2, 7])
def test_the_loss_pairs_each_prediction_with_its_own_target(n):
    rng = np.random.default_rng(n)
    prediction, y = rng.standard_normal((n, 1)), rng.standard_normal(n)
    ours = Tensor(prediction, requires_grad=True)
    theirs = torch.tensor(prediction, requires_grad=True)
    loss = squared_error(ours, y)
    expected = torch.nn.functional.mse_loss(theirs[:, 0], torch.tensor(y))
    loss.backward()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
    assert ours.grad == pytest.approx(theirs.grad.numpy(), abs=1e-12)


def test_the_surface_is_what_it_says_it_is():
    x, y = surface(4_000, seed=0)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((4_000, 2), (4_000,), np.float32, np.float32)
    residual = y - np.sin(3 * x[:, 0]) - x[:, 1] ** 2
    assert abs(residual.mean()) < 0.01
    assert residual.std() == pytest.approx(0.1, abs=0.01)
    assert np.array_equal(surface(5, seed=3)[1], surface(5, seed=3)[1])
