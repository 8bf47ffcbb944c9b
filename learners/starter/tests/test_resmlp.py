"""The residual MLP and its two learning rules."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from resmlp.data import Points, noisy_centres
from resmlp.model import ResidualMLP
from resmlp.train import (
    alignment,
    backpropagation,
    direct_feedback,
    feedback_matrices,
    hidden_gradients,
    learning_rule,
    look,
    output_error,
    train,
)


def problem(residual_add: bool = True, blocks: int = 3) -> tuple[ResidualMLP, Tensor, Tensor]:
    torch.manual_seed(0)
    model = ResidualMLP(5, 8, 4, blocks, residual_add, w2_std=0.3).double()
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(6, 5, dtype=torch.float64, generator=generator)
    return model, x, torch.randint(4, (6,), generator=generator)


def gradients(model: ResidualMLP) -> dict[str, Tensor]:
    grads = {name: p.grad for name, p in model.named_parameters()}
    return {name: g.clone() for name, g in grads.items() if g is not None}


def test_names_and_first_weights() -> None:
    torch.manual_seed(0)
    model = ResidualMLP(20, 100, 10, 2)
    names = [name for name, _ in model.named_children()]
    assert names == ["embed", "blocks", "out_ln", "out_head"]
    for block in model.blocks:
        # 10,000 draws: the sample's deviation strays by .7 %.
        assert block.w2.weight.std().item() == pytest.approx(0.01, rel=0.04)
        assert not block.w2.bias.any()
    large = ResidualMLP(20, 100, 10, 1, w2_std=0.5)
    assert large.blocks[0].w2.weight.std().item() == pytest.approx(0.5, rel=0.04)


@pytest.mark.parametrize("residual_add", [True, False])
def test_hidden_states_and_the_forward_from_each_of_them(residual_add: bool) -> None:
    model, x, _ = problem(residual_add)
    logits, hiddens = model(x, return_hidden=True)
    torch.testing.assert_close(logits, model(x))
    assert [tuple(h.shape) for h in hiddens] == [(6, 8)] * 4
    torch.testing.assert_close(hiddens[0], model.embed(x))
    for layer, h in enumerate(hiddens):
        torch.testing.assert_close(model.forward_from(h, layer), logits)
    for layer, block in enumerate(model.blocks):
        before = hiddens[layer]
        f = block.w2(F.gelu(block.w1(block.ln(before))))
        torch.testing.assert_close(hiddens[layer + 1], before + f if residual_add else f)


@pytest.mark.parametrize("residual_add", [True, False])
def test_backpropagation_agrees_with_finite_differences(residual_add: bool) -> None:
    model, x, y = problem(residual_add)
    loss = backpropagation(model, x, y)
    assert loss == pytest.approx(F.cross_entropy(model(x), y).item(), rel=1e-12)
    with torch.no_grad():
        for p in model.parameters():
            assert p.grad is not None
            flat, step = p.view(-1), 1e-6
            for i in range(0, flat.numel(), 7):
                value, losses = flat[i].item(), []
                for shift in (step, -step):
                    flat[i] = value + shift
                    losses.append(F.cross_entropy(model(x), y).item())
                flat[i] = value
                numeric = (losses[0] - losses[1]) / (2 * step)
                assert p.grad.view(-1)[i].item() == pytest.approx(numeric, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("residual_add", [True, False])
def test_direct_feedback_trains_the_readout_as_backpropagation_does(residual_add: bool) -> None:
    model, x, y = problem(residual_add)
    loss = backpropagation(model, x, y)
    exact = gradients(model)
    assert direct_feedback(model, x, y, feedback_matrices(model, seed=0)) == pytest.approx(loss, rel=1e-12)
    fed = gradients(model)
    assert fed.keys() == exact.keys()
    for name, g in fed.items():
        assert g.shape == exact[name].shape
        if name.startswith("out_"):
            torch.testing.assert_close(g, exact[name])
        else:
            assert not torch.allclose(g, exact[name], rtol=0.1)


@pytest.mark.parametrize("residual_add", [True, False])
def test_direct_feedback_of_a_block_by_hand(residual_add: bool) -> None:
    model, x, y = problem(residual_add)
    feedback = feedback_matrices(model, seed=0)
    direct_feedback(model, x, y, feedback)
    with torch.no_grad():
        hiddens = model.hidden_states(x)
        error = (F.softmax(model(x), dim=-1) - F.one_hot(y, 4)) / len(y)
        torch.testing.assert_close(model.embed.weight.grad, (error @ feedback[0]).T @ x)
        for layer, block in enumerate(model.blocks):
            signal = error @ feedback[layer + 1]
            inner = F.gelu(block.w1(block.ln(hiddens[layer])))
            torch.testing.assert_close(block.w2.weight.grad, signal.T @ inner)
            torch.testing.assert_close(block.w2.bias.grad, signal.sum(dim=0))


@pytest.mark.parametrize("residual_add", [True, False])
def test_with_the_true_signal_the_last_block_gets_the_true_gradient(residual_add: bool) -> None:
    """One sample: there is a matrix that maps its error to ∂loss/∂h_L, and then both rules agree."""
    model, x, y = problem(residual_add)
    x, y = x[:1], y[:1]
    backpropagation(model, x, y)
    exact = gradients(model)
    error = output_error(model(x).detach(), y)
    true = hidden_gradients(model, x, y)
    feedback = [error.T @ g / error.square().sum() for g in true]
    direct_feedback(model, x, y, feedback)
    for name, g in gradients(model).items():
        torch.testing.assert_close(g, exact[name], rtol=1e-9, atol=1e-12)
    assert alignment(model, x, y, feedback) == pytest.approx([1.0] * 4)


def test_hidden_gradients_are_those_of_each_sample_alone() -> None:
    model, x, y = problem()
    together = hidden_gradients(model, x, y)
    for i in range(len(x)):
        for layer, alone in enumerate(hidden_gradients(model, x[i : i + 1], y[i : i + 1])):
            torch.testing.assert_close(together[layer][i : i + 1], alone)
    assert all(p.grad is None for p in model.parameters())


def test_random_feedback_has_nothing_to_do_with_the_gradient_at_first() -> None:
    torch.manual_seed(0)
    model, data = ResidualMLP(32, 256, 10, 2), noisy_centres(0)
    cosines = alignment(model, data.x_val, data.y_val, feedback_matrices(model, seed=1))
    # Two random directions in R^256 have a cosine of about 1/16.
    assert max(map(abs, cosines)) < 0.25


def test_the_output_error_is_the_gradient_at_the_logits() -> None:
    logits = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0, 1, 2, 3, 0, 1])
    F.cross_entropy(logits, y).backward()
    torch.testing.assert_close(output_error(logits.detach(), y), logits.grad)


@pytest.mark.parametrize(("rule", "least"), [("bp", 0.9), ("dfa", 0.5)])
def test_both_rules_learn(rule: str, least: float) -> None:
    torch.manual_seed(0)
    model, data = ResidualMLP(32, 64, 10, 4), noisy_centres(0)
    epochs = list(train(model, data, learning_rule(rule, model, seed=1), epochs=6, seed=0))
    assert [epoch.number for epoch in epochs] == list(range(7))
    assert len(epochs[0].hidden_norms) == len(epochs[0].gradient_norms) == 5
    assert epochs[0].val_accuracy < 0.3
    assert epochs[-1].val_accuracy > least


def test_the_task_is_decided_by_its_seed_and_has_all_classes() -> None:
    a, b, c = noisy_centres(0), noisy_centres(0), noisy_centres(1)
    assert torch.equal(a.x_train, b.x_train)
    assert not torch.equal(a.x_train, c.x_train)
    assert a.x_train.shape == (1000, 32)
    assert a.x_val.shape == (500, 32)
    assert a.y_train.unique().tolist() == list(range(10))


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="bp or dfa"):
        learning_rule("hebb", problem()[0], seed=0)


@pytest.mark.parametrize("rule", ["bp", "dfa"])
def test_a_rule_sets_the_gradients_and_adds_nothing_to_those_that_were_there(rule: str) -> None:
    model, x, y = problem()
    step = learning_rule(rule, model, seed=1)
    step(model, x, y)
    once = gradients(model)
    step(model, x, y)
    assert once.keys() == gradients(model).keys()
    for name, g in gradients(model).items():
        torch.testing.assert_close(g, once[name])


def test_every_epoch_shows_every_row_once_in_an_order_of_its_own() -> None:
    data = noisy_centres(0, train=50, val=10)
    seen: list[Tensor] = []

    def rule(model: ResidualMLP, x: Tensor, y: Tensor) -> float:
        seen.append(x)
        return backpropagation(model, x, y)

    list(train(ResidualMLP(32, 16, 10, 1), data, rule, epochs=2, seed=0, batch=16))
    rows = torch.cat(seen)
    order = [int((data.x_train == row).all(dim=1).nonzero()) for row in rows]
    first, second = order[:50], order[50:]
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != list(range(50))
    assert first != second


def test_training_moves_every_parameter() -> None:
    torch.manual_seed(0)
    model, data = ResidualMLP(32, 16, 10, 2), noisy_centres(0, train=64, val=10)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    list(train(model, data, backpropagation, epochs=1, seed=0, batch=32))
    still = [name for name, p in model.named_parameters() if torch.equal(p, before[name])]
    assert not still


@pytest.mark.parametrize("rate", [{}, {"lr": 0.01}])
def test_the_first_step_is_as_long_as_the_rate(rate: dict[str, float]) -> None:
    """Adam divides the first gradient by its own size: every entry that has one moves by the rate."""
    torch.manual_seed(0)
    model, data = ResidualMLP(32, 16, 10, 1), noisy_centres(0, train=64, val=10)
    before = model.out_head.bias.detach().clone()
    list(train(model, data, backpropagation, epochs=1, seed=0, batch=64, **rate))
    moved = (model.out_head.bias.detach() - before).abs()
    torch.testing.assert_close(moved, torch.full_like(moved, rate.get("lr", 1e-3)), rtol=1e-3, atol=0)


def test_what_is_looked_at_is_the_validation_part() -> None:
    torch.manual_seed(0)
    model, data = ResidualMLP(32, 16, 10, 1), noisy_centres(0, train=40, val=40)
    other = Points(torch.zeros_like(data.x_train), torch.zeros_like(data.y_train), data.x_val, data.y_val)
    assert look(model, data, 3) == look(model, other, 3)
    right = (model(data.x_val).argmax(dim=-1) == data.y_val).float().mean().item()
    assert look(model, data, 3).val_accuracy == right
