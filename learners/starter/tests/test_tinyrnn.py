"""The recurrent model against `torch.nn.RNN`, its clipping against torch's, and its step by hand."""

from __future__ import annotations

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinylm.text import windows
from tinyrnn.model import TinyRNN
from tinyrnn.training import clip_gradients, evaluate, train_step


def problem(length: int = 9) -> tuple[TinyRNN, Tensor, Tensor]:
    torch.manual_seed(0)
    model = TinyRNN(11, width=5, hidden=7).double()
    codes = torch.randint(11, (4, length + 1), generator=torch.Generator().manual_seed(1))
    return model, codes[:, :-1], codes[:, 1:]


def reference(model: TinyRNN) -> nn.RNN:
    """torch's own layer with the model's weights; its second bias is 0, for the model has one."""
    rnn = nn.RNN(5, 7, batch_first=True).double()
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(model.input.weight)
        rnn.weight_hh_l0.copy_(model.recurrent.weight)
        rnn.bias_ih_l0.copy_(model.input.bias)
        rnn.bias_hh_l0.zero_()
    return rnn


@pytest.mark.parametrize("begun", [False, True])
def test_outputs_and_gradients_are_those_of_torchs_layer(begun: bool) -> None:
    model, x, y = problem()
    rnn, start = reference(model), torch.linspace(-1, 1, 28, dtype=torch.float64).view(4, 7)
    out, last = rnn(model.embedding(x), start[None] if begun else None)
    expected = F.linear(out, model.head.weight, model.head.bias)
    logits, state = model(x, start if begun else None)
    torch.testing.assert_close(logits, expected, rtol=1e-7, atol=1e-12)
    torch.testing.assert_close(state, last[0], rtol=1e-7, atol=1e-12)
    F.cross_entropy(logits.flatten(0, 1), y.flatten()).backward()
    F.cross_entropy(expected.flatten(0, 1), y.flatten()).backward()
    for ours, theirs in (
        (model.recurrent.weight, rnn.weight_hh_l0),
        (model.input.weight, rnn.weight_ih_l0),
        (model.input.bias, rnn.bias_ih_l0),
    ):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("cut", [1, 4, 8])
def test_a_text_may_be_read_in_two_parts(cut: int) -> None:
    model, x, _ = problem()
    whole, last = model(x)
    first, state = model(x[:, :cut])
    second, end = model(x[:, cut:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(end, last)


def test_no_place_sees_a_later_one_and_each_sees_all_before() -> None:
    model, x, _ = problem()
    before, _ = model(x)
    changed = x.clone()
    changed[:, 4] = (x[:, 4] + 1) % 11
    moved = (model(changed)[0] - before).abs().amax(dim=(0, 2))
    assert not moved[:4].any()
    assert (moved[4:] > 0).all()


def test_a_text_without_a_character_is_refused() -> None:
    model, x, _ = problem()
    with pytest.raises(ValueError, match="character"):
        model(x[:, :0])


@pytest.mark.parametrize("most", [0.01, 1.0, 1e6])
def test_clipping_is_torchs(most: float) -> None:
    torch.manual_seed(2)
    ours = [nn.Parameter(torch.randn(size, dtype=torch.float64)) for size in ((3, 4), (5,), (2, 2))]
    ours.append(nn.Parameter(torch.zeros(3)))  # has no gradient
    for p, scale in zip(ours, (0.1, 3.0, 20.0), strict=False):
        p.grad = scale * torch.randn_like(p)
    theirs = copy.deepcopy(ours)  # without the gradients
    for a, b in zip(ours, theirs, strict=True):
        b.grad = None if a.grad is None else a.grad.clone()
    norm = nn.utils.clip_grad_norm_(theirs, most)
    assert clip_gradients(iter(ours), most) == pytest.approx(norm.item(), rel=1e-12)
    for a, b in zip(ours[:3], theirs[:3], strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=2e-6, atol=0)  # torch adds 1e-6 to the norm
    assert ours[3].grad is None
    assert clip_gradients([], most) == 0.0


@pytest.mark.parametrize("most", [0.05, 1e6])
def test_a_step_is_one_of_plain_descent_along_the_clipped_gradient(most: float) -> None:
    model, x, y = problem()
    before = copy.deepcopy(model)
    logits, _ = before(x)
    expected = F.cross_entropy(logits.flatten(0, 1), y.flatten())
    expected.backward()
    length = math.sqrt(sum(float((p.grad**2).sum()) for p in before.parameters()))
    loss, state = train_step(model, torch.optim.SGD(model.parameters(), lr=0.5), x, y, most)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert not state.requires_grad
    for p, q in zip(model.parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(p, q - 0.5 * min(1.0, most / length) * q.grad, rtol=1e-7, atol=1e-12)


def test_it_learns_a_text_that_one_character_does_not_tell() -> None:
    """After "a" comes "b" or "c" by turns: only the state knows which."""
    codes = torch.tensor([0, 1, 0, 2] * 100)
    torch.manual_seed(0)
    model = TinyRNN(3, width=4, hidden=16)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    x, y = windows(codes, 16)
    for _ in range(60):
        train_step(model, optimiser, x, y, most=1.0)
    by_place = evaluate(model, codes, 16)
    assert by_place.shape == (16,)
    assert by_place[4:].max() < 0.05  # the mean loss of the best model that sees one character is ln(2)/2
