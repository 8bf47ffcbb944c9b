"""What is asked of each subject of the table: a guard of `lynx.guards`, called as a test would call it.

`CHECKS`: subject -> the checks that are tried on each of its mutants. A subject is a file below this folder's
`guard_subjects`, or one of the starter's. Subjects are imported inside the checks: a mutant is loaded then.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lynx import guards

ROOT = Path(__file__).parents[1]
STARTER = "learners/starter/src"
OWN = "benchmarks/guard_subjects"
CODES = torch.tensor([[1, 4, 2, 0, 3, 5], [0, 3, 3, 6, 1, 2], [5, 2, 6, 6, 4, 1]])
X = torch.linspace(-1, 1, 48).reshape(8, 6).sin() * 2 + torch.arange(8).reshape(8, 1).cos()
Y = torch.arange(8) % 4
CHECKS: dict[str, list[tuple[str, Callable[[], None]]]] = {}
Check = Callable[[], None]


def on(*subjects: str) -> Callable[[Check], Check]:
    """Try the check that follows on these subjects; it is named after its guard, up to a double underscore."""

    def add(check: Check) -> Check:
        for subject in subjects:
            CHECKS.setdefault(subject, []).append((check.__name__.partition("__")[0], check))
        return check

    return add


def seeded() -> None:
    torch.manual_seed(0)
    np.random.seed(0)
    import random

    random.seed(0)
    torch.set_num_threads(1)
    for folder in (ROOT / OWN, ROOT / STARTER):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))


# --- a small GPT ------------------------------------------------------------------------------

GPT = f"{OWN}/small_gpt.py"


def gpt(**how: Any) -> Any:
    import small_gpt

    return small_gpt.GPT(**how)


@on(GPT)
def no_future() -> None:
    guards.no_future(gpt().eval(), CODES)


@on(GPT)
def no_future__wide() -> None:
    """With weights that are not tiny: scores that are not all nearly alike."""
    model = gpt().eval()
    for p in model.parameters():
        p.data.mul_(10.0)
    guards.no_future(model, CODES)


@on(GPT)
def knows_order() -> None:
    guards.knows_order(gpt().eval(), CODES)


@on(GPT)
def rows_independent() -> None:
    guards.rows_independent(gpt().eval(), CODES)


@on(GPT)
def same_in_eval() -> None:
    guards.same_in_eval(gpt(), CODES)


@on(GPT)
def train_and_eval_differ__attention() -> None:
    import small_gpt

    guards.train_and_eval_differ(small_gpt.Attention(16, 2, 6, 0.2), torch.randn(2, 6, 16))


@on(GPT)
def train_and_eval_differ__embedding() -> None:
    model = gpt()
    for block in model.blocks:
        block.attn.attn_dropout = 0.0
    guards.train_and_eval_differ(model, CODES)


@on(GPT)
def dropout_drops() -> None:
    guards.dropout_drops(gpt().dropout, torch.ones(4000), 0.2)


@on(GPT)
def has_parameters() -> None:
    block = 4 * 16 + (3 * 16 * 16 + 3 * 16) + (16 * 16 + 16) + (4 * 16 * 16 + 4 * 16) + (4 * 16 * 16 + 16)
    guards.has_parameters(gpt(), 7 * 16 + 6 * 16 + 2 * block + 2 * 16)


@on(GPT)
def units_differ() -> None:
    guards.units_differ(gpt())


@on(GPT)
def starts_at_chance() -> None:
    model = gpt(vocabulary=50).eval()
    codes = torch.randint(50, (16, 6))
    guards.starts_at_chance(
        F.cross_entropy(model(codes).flatten(0, 1), torch.randint(50, (96,))), 50, within=0.1
    )


@on(GPT)
def every_parameter_gets_gradient() -> None:
    model = gpt().eval()
    guards.every_parameter_gets_gradient(
        model, lambda: F.cross_entropy(model(CODES).flatten(0, 1), CODES.flatten())
    )


@on(GPT)
def every_parameter_moves() -> None:
    model = gpt(dropout=0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step() -> None:
        F.cross_entropy(model(CODES).flatten(0, 1), CODES.flatten()).backward()
        optimizer.step()

    whole = [*model.parameters(), *(p for block in model.blocks for p in block.parameters())]
    guards.every_parameter_moves(list({id(p): p for p in whole}.values()), step)


@on(GPT)
def overfits() -> None:
    model = gpt(dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    x, y = CODES[:, :-1], CODES[:, 1:]

    def loss() -> Any:
        return F.cross_entropy(model(x).flatten(0, 1), y.flatten())

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    guards.overfits(step, loss, steps=40, to=0.3)


@on(GPT)
def keeps_input() -> None:
    import small_gpt

    guards.keeps_input(small_gpt.Block(16, 2, 6, 0.0).eval(), torch.randn(2, 6, 16))


@on(GPT)
def is_not_linear() -> None:
    import small_gpt

    guards.is_not_linear(small_gpt.MLP(16), torch.randn(4, 16))


@on(GPT)
def normalises() -> None:
    import small_gpt

    guards.normalises(small_gpt.LayerNorm(16), torch.randn(5, 16), centred=True)


@on(GPT)
def survives_zeros() -> None:
    import small_gpt

    guards.survives_zeros(small_gpt.LayerNorm(16), torch.randn(5, 16))


@on(GPT)
def keeps_scale() -> None:
    import small_gpt

    guards.keeps_scale(small_gpt.LayerNorm(16), torch.randn(50, 16))


@on(GPT)
def matches_reference__attention() -> None:
    """Attention written out with loops, over a layer whose weights are not tiny."""
    import small_gpt

    layer = small_gpt.Attention(16, 2, 6, 0.0).double().eval()
    x = torch.randn(2, 6, 16, dtype=torch.float64)

    def plain(given: Any) -> Any:
        q, k, v = layer.qkv(given).chunk(3, dim=-1)
        mixed = torch.zeros_like(given)
        for h in (slice(0, 8), slice(8, 16)):
            for t in range(6):
                scores = (q[:, t : t + 1, h] * k[:, : t + 1, h]).sum(-1) / 8**0.5
                mixed[:, t, h] = (scores.softmax(-1)[..., None] * v[:, : t + 1, h]).sum(1)
        return layer.proj(mixed)

    guards.matches_reference(layer, plain, x)


@on(GPT)
def matches_reference__model() -> None:
    """The whole model, from its own parts."""
    model = gpt(dropout=0.0).double().eval()

    def plain(codes: Any) -> Any:
        x = model.wte.weight[codes] + model.wpe.weight[: codes.shape[1]]
        for block in model.blocks:
            x = x + block.attn(F.layer_norm(x, (16,), block.ln_1.weight, block.ln_1.bias))
            h = F.layer_norm(x, (16,), block.ln_2.weight, block.ln_2.bias)
            up, down = block.mlp.up, block.mlp.down
            x = x + F.linear(F.gelu(F.linear(h, up.weight, up.bias)), down.weight, down.bias)
        return F.layer_norm(x, (16,), model.ln_f.weight, model.ln_f.bias) @ model.head.weight.T

    guards.matches_reference(model, plain, CODES)


# --- a training loop --------------------------------------------------------------------------

LOOP = f"{OWN}/small_loop.py"


def loop() -> Any:
    import small_loop

    return small_loop


def trainer(**how: Any) -> Any:
    torch.manual_seed(0)
    return loop().Trainer(loop().make_model(dropout=0.0), **how)


@on(LOOP)
def targets_are_next__batch() -> None:
    guards.targets_are_next(*loop().get_batch(torch.arange(40) * 7 % 11, [0, 5, 9], 6))


@on(LOOP)
def targets_are_next__pairs() -> None:
    guards.targets_are_next(*loop().pairs(CODES))


@on(LOOP)
def splits_disjoint() -> None:
    guards.splits_disjoint(*loop().split(X, 5))


@on(LOOP)
def normalises__data() -> None:
    """Feature by feature, with the data's own figures."""
    guards.normalises(
        lambda x: loop().standardised(x, x.mean(0), x.std(0, unbiased=False)), X, centred=True, axis=0
    )


@on(LOOP)
def reshuffles() -> None:
    drawn = loop().orders(12, 3)
    guards.reshuffles(lambda: next(drawn))


@on(LOOP)
def reshuffles__noise() -> None:
    drawn = loop().noise_of_epochs(3)
    everything = [torch.argsort(next(drawn)) for _ in range(3)]
    guards.reshuffles(lambda: everything.pop())


@on(LOOP)
def reshuffles__rows() -> None:
    guards.reshuffles(lambda: loop().shuffled(range(12)))


@on(LOOP)
def gradients_are_cleared() -> None:
    run = trainer()
    guards.gradients_are_cleared(run.model, lambda: run.step(X, Y))


@on(LOOP)
def overfits__loop() -> None:
    run = trainer(steps=1000)
    guards.overfits(lambda: run.step(X, Y), lambda: F.cross_entropy(run.model(X), Y), steps=300, to=0.5)


@on(LOOP)
def every_parameter_moves__loop() -> None:
    run = trainer()
    guards.every_parameter_moves(run.model, lambda: run.step(X, Y))


@on(LOOP)
def scale_of_first_step() -> None:
    run = trainer(clip=1e9)
    guards.scale_of_first_step(run.model, lambda: run.step(X, Y), 0.1, "sgd")


@on(LOOP)
def scale_of_first_step__adam() -> None:
    model = loop().make_model(0.0)
    optimizer = loop().adamw(model, weight_decay=1e-3)

    def step() -> None:
        F.cross_entropy(model(X), Y).backward()
        optimizer.step()

    guards.scale_of_first_step(model, step, 1e-3)


@on(LOOP)
def rate_follows() -> None:
    run = trainer()
    guards.rate_follows(
        lambda: run.step(X, Y), lambda: run.optimizer.param_groups[0]["lr"], [0.1, 0.1, 0.05, 0.05]
    )


@on(LOOP)
def clips() -> None:
    run = trainer(clip=0.5)

    def step(scale: float) -> None:
        run.optimizer.state.clear()  # momentum would remember the step before
        run.step(X, Y, scale)

    guards.clips(run.model, step, most=0.5)


@on(LOOP)
def accumulation_equals_batch() -> None:
    run = trainer()
    parts = [(X[:4], Y[:4]), (X[4:], Y[4:])]
    guards.accumulation_equals_batch(
        run.model, lambda: F.cross_entropy(run.model(X), Y).backward(), lambda: run.accumulate(parts)
    )


@on(LOOP)
def scores_in_eval() -> None:
    run = loop().Trainer(loop().make_model())
    guards.scores_in_eval(run.model, lambda: run.evaluate([(X, Y)]))


@on(LOOP)
def scores_in_eval__logits() -> None:
    run = loop().Trainer(loop().make_model())
    guards.scores_in_eval(run.model, lambda: run.logits(X))


@on(LOOP)
def train_and_eval_differ__step() -> None:
    """The other way round: a step puts a model that was left in evaluation back into training."""
    run = loop().Trainer(loop().make_model())
    run.model.eval()
    run.step(X, Y)
    guards.train_and_eval_differ(_Left(run.model, run.model.training), X)


class _Left:
    """A model, as a step left it."""

    def __init__(self, model: Any, training: bool) -> None:
        self.model, self.was = model, training

    def train(self, mode: bool) -> None:
        self.model.train(mode and self.was)

    def __call__(self, x: Any) -> Any:
        return self.model(x)


@on(LOOP)
def records_no_graph() -> None:
    run = trainer()
    guards.records_no_graph(lambda: run.logits(X))


@on(LOOP)
def evaluates_all() -> None:
    run = trainer()
    guards.evaluates_all(run.evaluate, [(X[:3], Y[:3]), (X[3:], Y[3:])])


@on(LOOP)
def matches_reference__evaluate() -> None:
    run = trainer()
    batches = [(X[:3], Y[:3]), (X[3:], Y[3:])]
    guards.matches_reference(lambda: run.evaluate(batches), lambda: F.cross_entropy(run.model(X), Y))


@on(LOOP)
def evaluates_validation() -> None:
    model = loop().make_model(0.0).eval()
    right = model(X).argmax(-1)
    other = (X, (right + 1) % 4)
    train, validation = (X[:4], (right[:4] + 1) % 4), (X[4:], right[4:])
    guards.evaluates_validation(lambda t, v: loop().score(model, *t, *v), train, validation, other)


@on(LOOP)
def restores() -> None:
    def make() -> Any:
        return trainer()

    def load(run: Any, saved: Any) -> None:
        run.load(saved)
        for _ in range(3):
            run.scheduler.step()
        for group in run.optimizer.param_groups:
            group["lr"] = saved["optimizer"]["param_groups"][0]["lr"]

    guards.restores(make, lambda run: run.step(X, Y), lambda run: copy.deepcopy(run.saved()), load)


@on(LOOP)
def decays_only() -> None:
    model = loop().make_model(0.0)
    guards.decays_only(model, loop().adamw(model, lr=1e-2), ["0.weight", "3.weight"], by=1e-3)


@on(LOOP)
def decays_only__defaults() -> None:
    """With what stands in the signature."""
    model = loop().make_model(0.0)
    guards.decays_only(model, loop().adamw(model), ["0.weight", "3.weight"], by=1e-4)


@on(LOOP)
def dropout_drops__loop() -> None:
    guards.dropout_drops(loop().make_model(0.2)[2], torch.ones(4000), 0.2)


@on(LOOP)
def is_not_linear__loop() -> None:
    guards.is_not_linear(loop().make_model(0.0), X)


@on(LOOP)
def gradient_stops_at() -> None:
    online, target = nn.Linear(6, 2), nn.Linear(6, 2)
    guards.gradient_stops_at(lambda: loop().target_loss(online, target, X), target, online)


@on(LOOP)
def matches_reference__momentum() -> None:
    """Three steps against the formula, v ← 0.9 v + g and p ← p − lr v."""
    run, plain = trainer(clip=1e9, steps=100), trainer()
    velocity = [torch.zeros_like(p) for p in plain.model.parameters()]
    for _ in range(3):
        run.step(X, Y)
        plain.model.zero_grad()
        F.cross_entropy(plain.model(X), Y).backward()
        for p, v in zip(plain.model.parameters(), velocity, strict=True):
            v.mul_(0.9).add_(p.grad)
            p.data.sub_(0.1 * v)
    guards.matches_reference(run.model, plain.model, X)


@on(LOOP)
def loss_is_mean_of_rows__target() -> None:
    target = nn.Linear(6, 2)
    guards.loss_is_mean_of_rows(lambda x, _: loop().target_loss(lambda z: z[:, :2], target, x), X, Y)


# --- losses -----------------------------------------------------------------------------------

LOSSES = f"{OWN}/small_losses.py"
PADDED = torch.tensor([[1, 2, 0], [3, 0, 0]])
Z = torch.linspace(-1, 1, 24).reshape(2, 3, 4)


def losses() -> Any:
    import small_losses

    return small_losses


@on(LOSSES)
def loss_reaches_zero() -> None:
    guards.loss_reaches_zero(losses().classes_loss, X[:, :4], Y)


@on(LOSSES)
def loss_reaches_zero__likelihood() -> None:
    guards.loss_reaches_zero(losses().likelihood, X[:, :4], Y)


@on(LOSSES)
def loss_reaches_zero__padded() -> None:
    certain = lambda z, y: losses().padded_loss(z[None], y[None])  # noqa: E731
    guards.loss_reaches_zero(certain, X[:, :4], Y % 3 + 1)


@on(LOSSES)
def starts_at_chance__losses() -> None:
    guards.starts_at_chance(losses().classes_loss(torch.zeros(8, 4), Y), 4, within=0.01)


@on(LOSSES)
def starts_at_chance__likelihood() -> None:
    guards.starts_at_chance(losses().likelihood(torch.zeros(8, 4), Y), 4, within=0.01)


@on(LOSSES)
def loss_is_mean_of_rows() -> None:
    guards.loss_is_mean_of_rows(losses().classes_loss, X[:, :4], Y)


@on(LOSSES)
def loss_is_mean_of_rows__likelihood() -> None:
    guards.loss_is_mean_of_rows(losses().likelihood, X[:, :4], Y)


@on(LOSSES)
def loss_is_mean_of_rows__squared() -> None:
    guards.loss_is_mean_of_rows(losses().squared_loss, X[:, :1], X[:, 3])


@on(LOSSES)
def loss_is_mean_of_rows__padded() -> None:
    rows = lambda z, y: losses().padded_loss(z[None], y[None])  # noqa: E731
    guards.loss_is_mean_of_rows(rows, X[:, :4], Y % 3 + 1)


@on(LOSSES)
def loss_reaches_zero__masked() -> None:
    certain = lambda z, y: losses().masked_loss(z[None], y[None], torch.ones(1, len(y)))  # noqa: E731
    guards.loss_reaches_zero(certain, X[:, :4], Y)


@on(LOSSES)
def loss_ignores_padding() -> None:
    guards.loss_ignores_padding(losses().padded_loss, Z, PADDED, PADDED == 0)


@on(LOSSES)
def loss_ignores_padding__mask() -> None:
    mask = (PADDED != 0).float()
    guards.loss_ignores_padding(lambda z, y: losses().masked_loss(z, y, mask), Z, PADDED, PADDED == 0)


@on(LOSSES)
def survives_large_inputs() -> None:
    guards.survives_large_inputs(losses().softmax, X.numpy())


@on(LOSSES)
def matches_reference__softmax() -> None:
    guards.matches_reference(losses().softmax, lambda x: torch.tensor(x).softmax(-1), X.numpy())


@on(LOSSES)
def survives_zeros__cosine() -> None:
    guards.survives_zeros(lambda x: losses().cosine(x, X), X)


@on(LOSSES)
def rows_independent__softmax() -> None:
    guards.rows_independent(losses().softmax, X.numpy())


@on(LOSSES)
def rows_independent__answers() -> None:
    guards.rows_independent(losses().answers, torch.eye(8, 8)[:, :6] + X)


# --- the starter ------------------------------------------------------------------------------

SCALAR = f"{STARTER}/minigrad/scalar.py"
OPTIM = f"{STARTER}/minimodel/optim.py"
BLOCKS = f"{STARTER}/minimodel/nn/blocks.py"
RESIDUAL = f"{STARTER}/minimodel/nn/residual.py"
DEEP = f"{STARTER}/minimodel/deep_mlp.py"
KERNELS = f"{STARTER}/minitorch/kernels.py"


@on(SCALAR)
def gradients_match_differences() -> None:
    from minigrad.scalar import Value

    def f(x: Any, y: Any) -> Any:
        h, w = x * x + x * y, y * y
        h = (h + x) + (h + y) + h * y.tanh() + x.relu() * x.relu() + w.log() * w + w.log() + w * w
        return h * h + (h + h) + h.exp() * h.exp() + x**3 + x**2

    guards.gradients_match_differences(f, Value(0.3), Value(-0.7))


def _grad_step(make: Callable[[Any], Any]) -> tuple[Any, Callable[[], None]]:
    import minimodel.nn as mm
    from minitorch import Tensor

    mm.init.manual_seed(0)
    layer = mm.Linear(6, 4)
    optimizer = make(layer.parameters())

    def step() -> None:
        optimizer.zero_grad()
        mm.cross_entropy(layer(Tensor(X.numpy())), Y.numpy()).backward()
        optimizer.step()

    return layer, step


@on(OPTIM)
def scale_of_first_step__minimodel() -> None:
    from minimodel.optim import Adam

    guards.scale_of_first_step(*_grad_step(Adam), 1e-3)


@on(OPTIM)
def scale_of_first_step__adamw() -> None:
    from minimodel.optim import AdamW

    guards.scale_of_first_step(*_grad_step(lambda ps: AdamW(ps, weight_decay=1e-3)), 1e-3)


@on(OPTIM)
def matches_reference__adam() -> None:
    """Three steps against torch's."""
    from minimodel.optim import Adam

    layer, step = _grad_step(lambda ps: Adam(ps, lr=0.1))
    w, b = (torch.tensor(p.data.copy(), requires_grad=True) for p in layer.parameters())
    theirs = torch.optim.Adam([w, b], lr=0.1)
    for _ in range(3):
        step()
        theirs.zero_grad()
        F.cross_entropy(X @ w.T + b, Y).backward()
        theirs.step()
    guards.matches_reference(lambda: next(iter(layer.parameters())), lambda: w)


@on(OPTIM)
def survives_zeros__adam() -> None:
    """A parameter whose gradient is zero throughout."""
    from minimodel.nn.module import Parameter
    from minimodel.optim import Adam

    def step(x: Any) -> Any:
        p = Parameter(np.ones(3, dtype=np.float32))
        p.grad = x
        Adam([p]).step()
        return p

    guards.survives_zeros(step, np.ones(3, dtype=np.float32))


@on(BLOCKS)
def keeps_input__minimodel() -> None:
    from minimodel.nn import ResidualBlock
    from minitorch import Tensor

    guards.keeps_input(ResidualBlock(6), Tensor(X.numpy()))


@on(BLOCKS)
def every_parameter_gets_gradient__minimodel() -> None:
    from minimodel.nn import ResidualBlock
    from minitorch import Tensor

    block = ResidualBlock(6)
    guards.every_parameter_gets_gradient(
        block, lambda: (block(Tensor(X.numpy())) * block(Tensor(X.numpy()))).mean()
    )


@on(BLOCKS)
def is_not_linear__minimodel() -> None:
    """The branch without its norm, which is not linear by itself."""
    from minimodel.nn import Identity, ResidualBlock
    from minitorch import Tensor

    block = ResidualBlock(6)
    block.norm = Identity()
    guards.is_not_linear(block, Tensor(X.numpy()))


@on(RESIDUAL)
def keeps_input__residual() -> None:
    from minimodel.nn import Linear, Residual
    from minitorch import Tensor

    guards.keeps_input(Residual(Linear(6, 6)), Tensor(X.numpy()))


@on(RESIDUAL)
def every_parameter_gets_gradient__residual() -> None:
    from minimodel.nn import Linear, Residual
    from minitorch import Tensor

    block = Residual(Linear(6, 6))
    guards.every_parameter_gets_gradient(
        block, lambda: (block(Tensor(X.numpy())) * block(Tensor(X.numpy()))).mean()
    )


@on(DEEP)
def every_parameter_gets_gradient__deep() -> None:
    import minimodel.nn as mm
    from minimodel.deep_mlp import DeepMLP
    from minitorch import Tensor

    model = DeepMLP(6, 4, depth=2, width=8)
    guards.every_parameter_gets_gradient(model, lambda: mm.cross_entropy(model(Tensor(X.numpy())), Y.numpy()))


@on(DEEP)
def has_parameters__deep() -> None:
    from minimodel.deep_mlp import DeepMLP

    block = 8 + (32 * 8 + 32) + (8 * 32 + 8)
    guards.has_parameters(DeepMLP(6, 4, depth=2, width=8), (8 * 6 + 8) + 2 * block + 8 + (4 * 8 + 4))


@on(KERNELS)
def survives_large_inputs__kernels() -> None:
    from minitorch import kernels

    guards.survives_large_inputs(lambda x: kernels.softmax(x, -1), X.numpy())


@on(KERNELS)
def survives_large_inputs__log() -> None:
    from minitorch import kernels

    guards.survives_large_inputs(lambda x: kernels.log_softmax(x, -1), X.numpy())


@on(KERNELS)
def rows_independent__kernels() -> None:
    from minitorch import kernels

    guards.rows_independent(lambda x: kernels.softmax(x, -1) + kernels.log_softmax(x, -1), X[:6].numpy())


@on(KERNELS)
def survives_zeros__kernels() -> None:
    from minitorch import kernels

    guards.survives_zeros(lambda x: kernels.rms_norm(x, np.ones(6, dtype=np.float32), 1e-6)[0], X.numpy())
