"""Each check passes on what is sound and fails on the bug, by an assertion that says what was measured."""

from __future__ import annotations

import copy
import math
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lynx import guards
from lynx.guards import __all__ as names

if TYPE_CHECKING:
    from collections.abc import Callable

STARTER = Path(__file__).parents[2] / "learners" / "starter" / "src"
sys.path.insert(0, str(STARTER))

from minigrad.scalar import Value  # noqa: E402
from minimodel import nn as mm  # noqa: E402
from minimodel.optim import SGD, Adam  # noqa: E402
from minitorch import Tensor  # noqa: E402

CODES = torch.tensor([[1, 4, 2, 0, 3], [0, 3, 3, 1, 2]])


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)
    mm.init.manual_seed(0)


class Attention(nn.Module):
    """One layer of attention over five tokens; its bugs are its arguments."""

    def __init__(
        self, *, mask: int = 0, axis: int = -1, positions: bool = True, split: str = "transpose"
    ) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(5, 8), nn.Embedding(5, 8)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 5)
        self.mask, self.axis, self.positions, self.way = mask, axis, positions, split

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        b, t = codes.shape
        x = self.tokens(codes)
        if self.positions:
            x = x + self.places(torch.arange(t))
        q, k, v = (self.split(y, b, t) for y in self.qkv(x).chunk(3, dim=-1))
        scores = q @ k.transpose(-2, -1) / 2.0
        scores = scores.masked_fill(torch.tril(torch.ones(t, t), diagonal=self.mask) == 0, -math.inf)
        mixed = scores.softmax(dim=self.axis).nan_to_num() @ v
        return self.out(mixed.transpose(1, 2).reshape(b, t, 8))

    def split(self, y: torch.Tensor, b: int, t: int) -> torch.Tensor:
        return y.reshape(b, t, 2, 4).transpose(1, 2) if self.way == "transpose" else y.reshape(b, 2, t, 4)


class Block(nn.Module):
    """A residual block; `way` says what is added to the branch."""

    def __init__(self, way: str = "x") -> None:
        super().__init__()
        self.norm, self.a, self.b, self.way = nn.LayerNorm(6), nn.Linear(6, 6), nn.Linear(6, 6), way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.b(torch.relu(self.a(self.norm(x))))
        return {"x": x + h, "none": h, "twice": x + x + h, "norm": self.norm(x) + h, "lost": x}[self.way]


class Residual(mm.Module):
    """The same of minimodel."""

    def __init__(self, skip: bool = True) -> None:
        super().__init__()
        self.norm, self.a, self.skip = mm.RMSNorm(6), mm.Linear(6, 6), skip

    def forward(self, x: Tensor) -> Tensor:
        h = self.a(self.norm(x)).gelu()
        return x + h if self.skip else h


def classifier(drop: float = 0.0) -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Dropout(drop), nn.Linear(12, 4))


X, Y = torch.linspace(-1, 1, 48).reshape(8, 6).sin() * 2, torch.arange(8) % 4


class Training:
    """A model and its optimiser; `bug` says what its step does wrong."""

    def __init__(self, bug: str = "", kind: str = "sgd", lr: float = 0.1, clip: float | None = None) -> None:
        torch.manual_seed(0)
        self.model, self.bug, self.clip = classifier(), bug, clip
        known = list(self.model.parameters())[: -1 if bug == "part" else None]
        self.lr = lr * 10 if bug == "rate" else lr
        self.optimizer = (
            torch.optim.SGD(known, lr=self.lr, momentum=0.9)
            if kind == "momentum"
            else (torch.optim.SGD if kind == "sgd" else torch.optim.Adam)(known, lr=self.lr)
        )
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, 2, 0.5)

    def loss(self) -> torch.Tensor:
        return F.cross_entropy(self.model(X), Y)

    def step(self, scale: float = 1.0) -> float:
        loss = self.loss() * scale
        if self.bug != "uncleared":
            self.optimizer.zero_grad()
        if self.bug == "early":
            self.optimizer.step()
        loss.backward()
        if self.clip and self.bug not in {"unclipped", "late", "each"}:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        if self.bug == "each":
            for p in self.model.parameters():
                nn.utils.clip_grad_norm_([p], self.clip or 1.0)
        if self.bug != "early":
            self.optimizer.step()
        if self.bug == "late":
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip or 1.0)
        if self.bug != "still":
            self.schedule.step()
        return loss.item()


def fit(bug: str = "still", **how: Any) -> None:
    run = Training(bug, lr=0.05, **{"kind": "adam"} | how)
    guards.overfits(run.step, run.loss, steps=100, to=0.2)


def moves(bug: str = "") -> None:
    run = Training(bug)
    guards.every_parameter_moves(run.model, run.step)


def gets(way: str = "x") -> None:
    block = Block(way)
    guards.every_parameter_gets_gradient(block, lambda: (block(X) ** 2).mean())


def cleared(bug: str = "") -> None:
    run = Training(bug)
    guards.gradients_are_cleared(run.model, run.step)


def clipped(bug: str = "") -> None:
    run = Training(bug, clip=1.0)
    guards.clips(run.model, run.step, most=1.0)


def scheduled(bug: str = "") -> None:
    run = Training(bug, lr=0.1)
    guards.rate_follows(run.step, lambda: run.optimizer.param_groups[0]["lr"], [0.1, 0.1, 0.05, 0.05, 0.025])


def first(bug: str = "", kind: str = "adam") -> None:
    run = Training(bug, kind, lr=1e-3)
    guards.scale_of_first_step(run.model, run.step, 1e-3, kind)


def first_of_minimodel(lr: float, beta: float = 0.9) -> None:
    layer = mm.Linear(6, 3)
    optimizer = Adam(layer.parameters(), lr=lr, betas=(beta, 0.999))

    def step() -> None:
        optimizer.zero_grad()
        (layer(Tensor(X.numpy())) * layer(Tensor(X.numpy()))).mean().backward()
        optimizer.step()

    guards.scale_of_first_step(layer, step, 1e-3)


def accumulated(divided: bool) -> None:
    model = classifier()

    def parts() -> None:
        for half in (slice(0, 4), slice(4, 8)):
            loss = F.cross_entropy(model(X[half]), Y[half])
            (loss / 2 if divided else loss).backward()

    guards.accumulation_equals_batch(model, lambda: F.cross_entropy(model(X), Y).backward(), parts)


def decays(groups: str) -> None:
    model = classifier()
    weights = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim == 1]
    kind = torch.optim.Adam if groups == "coupled" else torch.optim.AdamW
    rest = 0.1 if groups == "all" else 0.0
    made = kind([{"params": weights, "weight_decay": 0.1}, {"params": biases, "weight_decay": rest}], lr=1e-2)
    guards.decays_only(model, made, ["0.weight", "3.weight"], by=1e-3)


def resumed(state: str) -> None:
    def load(run: Training, saved: dict[str, Any]) -> None:
        run.model.load_state_dict(saved["model"])
        if state != "model":
            run.optimizer.load_state_dict(saved["optimizer"])
            run.schedule.load_state_dict(saved["schedule"])

    def save(run: Training) -> dict[str, Any]:
        held = {name: getattr(run, name).state_dict() for name in ("model", "optimizer", "schedule")}
        return held if state == "shared" else copy.deepcopy(held)

    guards.restores(lambda: Training(kind="momentum"), Training.step, save, load)


def scored(way: str) -> None:
    model = classifier(0.5)

    def score() -> float:
        if way != "no eval":
            model.eval()
        value = model(X).mean().item()
        if way != "no train":
            model.train()
        return value

    guards.scores_in_eval(model, score)


def plain_loss(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(z, y)


def squared(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return ((p.squeeze(-1) - y) ** 2).mean()


def padded(z: torch.Tensor, y: torch.Tensor, ignore: int) -> torch.Tensor:
    return F.cross_entropy(z.flatten(0, 1), y.flatten(), ignore_index=ignore)


PADDED = torch.tensor([[1, 2, 0], [3, 0, 0]])
Z = torch.linspace(-1, 1, 24).reshape(2, 3, 4)


def epochs(way: str) -> Callable[[], Any]:
    rng = np.random.default_rng(1)
    ways = {
        "anew": lambda: rng.permutation(20),
        "off": lambda: np.arange(20),
        "same seed": lambda: np.random.default_rng(0).permutation(20),
        "lost": lambda: rng.permutation(20) // 2 * 2 + rng.integers(2, size=20),
    }
    return ways[way]


def mean_of(batches: Any, last: bool = False) -> float:
    total = 0.0
    for batch in batches:
        total = batch if last else total + batch
    return total / len(batches)


class Square:
    """x² + x of a number, and its gradient; `overwritten`: the last contribution is all that is left of it."""

    def __init__(self, x: Value, overwritten: bool) -> None:
        self.x, self.data, self.overwritten = x, x.data * x.data + x.data, overwritten

    def backward(self) -> None:
        self.x.grad = 1.0 if self.overwritten else 2 * self.x.data + 1.0


def target_network(detached: bool) -> None:
    online, target = nn.Linear(6, 1), nn.Linear(6, 1)

    def loss() -> torch.Tensor:
        goal = target(X)
        return ((online(X) - (goal.detach() if detached else goal)) ** 2).mean()

    guards.gradient_stops_at(loss, target, online)


def soft(x: torch.Tensor, shift: bool = True, axis: int = -1) -> torch.Tensor:
    e = (x - x.amax(axis, keepdim=True) if shift else x).exp()
    return e / e.sum(axis, keepdim=True)


def rms(x: torch.Tensor, eps: float = 1e-8, axis: int = -1) -> torch.Tensor:
    return x / ((x**2).mean(axis, keepdim=True) + eps).sqrt()


class Norms(nn.Module):
    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return rms(x, axis=self.axis)


def zeroed() -> nn.Module:
    model = classifier()
    for p in model.parameters():
        nn.init.zeros_(p)
    return model


HEADS: dict[str, dict[str, Any]] = {
    "a mask one too far": {"mask": 1},
    "no mask": {"mask": 5},
    "softmax over the queries": {"axis": -2},
    "heads split by a view": {"split": "view"},
}
LISTED = nn.ModuleList([nn.Linear(2, 3)])

# check, what it is about, what is sound, and the bugs it must see
CASES: list[tuple[str, Callable[[], None], dict[str, Callable[[], None]]]] = [
    (
        "starts_at_chance",
        lambda: guards.starts_at_chance(F.cross_entropy(torch.zeros(4, 10), torch.arange(4)), 10),
        {
            "too high": lambda: guards.starts_at_chance(lambda: 4.0, 10),
            "too low": lambda: guards.starts_at_chance(0.5, 10),
            "nan": lambda: guards.starts_at_chance(math.nan, 10),
        },
    ),
    (
        "loss_reaches_zero",
        lambda: guards.loss_reaches_zero(plain_loss, torch.zeros(8, 4), Y),
        {
            "double softmax": lambda: guards.loss_reaches_zero(
                lambda z, y: plain_loss(z.softmax(1), y), X[:, :4], Y
            ),
            "softmax in nll": lambda: guards.loss_reaches_zero(
                lambda z, y: F.nll_loss(z.softmax(1), y), X[:, :4], Y
            ),
        },
    ),
    (
        "loss_is_mean_of_rows",
        lambda: guards.loss_is_mean_of_rows(squared, X[:, :1], X[:, 1]),
        {
            "sum": lambda: guards.loss_is_mean_of_rows(
                lambda p, y: squared(p, y) * len(p), X[:, :1], X[:, 1]
            ),
            "column": lambda: guards.loss_is_mean_of_rows(
                lambda p, y: ((p - y) ** 2).mean(), X[:, :1], X[:, 1]
            ),
            "nothing": lambda: guards.loss_is_mean_of_rows(squared, X[:1, :1], X[:1, 1]),
        },
    ),
    (
        "loss_ignores_padding",
        lambda: guards.loss_ignores_padding(lambda z, y: padded(z, y, 0), Z, PADDED, PADDED == 0),
        {
            "counted": lambda: guards.loss_ignores_padding(
                lambda z, y: padded(z, y, -100), Z, PADDED, PADDED == 0
            ),
            "nothing padded": lambda: guards.loss_ignores_padding(
                lambda z, y: padded(z, y, 0), Z, PADDED, PADDED < 0
            ),
        },
    ),
    (
        "targets_are_next",
        lambda: guards.targets_are_next(CODES[:, :-1], CODES[:, 1:]),
        {
            "not shifted": lambda: guards.targets_are_next(CODES[:, :-1], CODES[:, :-1]),
            "twice": lambda: guards.targets_are_next(CODES[:, :-2], CODES[:, 2:]),
            "constant": lambda: guards.targets_are_next(CODES[:, :-1] * 0, CODES[:, 1:] * 0),
        },
    ),
    (
        "splits_disjoint",
        lambda: guards.splits_disjoint(X[:5], X[5:]),
        {
            "leak": lambda: guards.splits_disjoint(X[:5], X[3:]),
            "by person": lambda: guards.splits_disjoint([("ana", 1)], [("ana", 2)], key=lambda row: row[0]),
            "empty": lambda: guards.splits_disjoint(X[:5], X[8:]),
        },
    ),
    (
        "reshuffles",
        lambda: guards.reshuffles(epochs("anew")),
        {way: lambda way=way: guards.reshuffles(epochs(way)) for way in ("off", "same seed", "lost")},
    ),
    (
        "evaluates_validation",
        lambda: guards.evaluates_validation(lambda t, v: v.mean(), X[:4], X[4:], X[:2]),
        {
            "from train": lambda: guards.evaluates_validation(lambda t, v: t.mean(), X[:4], X[4:], X[:2]),
            "from both": lambda: guards.evaluates_validation(
                lambda t, v: t.mean() + v.mean(), X[:4], X[4:], X[:2]
            ),
        },
    ),
    (
        "evaluates_all",
        lambda: guards.evaluates_all(mean_of, [1.0, 2.0, 4.0]),
        {
            "last": lambda: guards.evaluates_all(lambda b: mean_of(b, last=True), [1.0, 2.0, 4.0]),
            "alike": lambda: guards.evaluates_all(mean_of, [1.0, 1.0]),
        },
    ),
    (
        "overfits",
        fit,
        {
            "early step": lambda: fit("early", kind="momentum"),
            "rate": lambda: guards.overfits(int, lambda: 1.0),
        },
    ),
    ("every_parameter_moves", moves, {"part": lambda: moves("part"), "early": lambda: moves("early")}),
    ("every_parameter_gets_gradient", gets, {"lost branch": lambda: gets("lost")}),
    ("gradients_are_cleared", cleared, {"uncleared": lambda: cleared("uncleared")}),
    ("clips", clipped, {bug: lambda bug=bug: clipped(bug) for bug in ("unclipped", "late", "each")}),
    ("rate_follows", scheduled, {"still": lambda: scheduled("still"), "rate": lambda: scheduled("rate")}),
    (
        "scale_of_first_step",
        first,
        {
            "rate": lambda: first("rate"),
            "sgd": lambda: first("rate", "sgd"),
            "minimodel": lambda: first_of_minimodel(1e-2),
        },
    ),
    ("accumulation_equals_batch", lambda: accumulated(True), {"not divided": lambda: accumulated(False)}),
    (
        "decays_only",
        lambda: decays("split"),
        {"all": lambda: decays("all"), "coupled": lambda: decays("coupled")},
    ),
    (
        "restores",
        lambda: resumed("all"),
        {"model only": lambda: resumed("model"), "shared": lambda: resumed("shared")},
    ),
    (
        "scores_in_eval",
        lambda: scored(""),
        {way: lambda way=way: scored(way) for way in ("no eval", "no train")},
    ),
    (
        "same_in_eval",
        lambda: guards.same_in_eval(classifier(0.5), X),
        {"always": lambda: guards.same_in_eval(lambda x: F.dropout(x, 0.5), X)},
    ),
    (
        "train_and_eval_differ",
        lambda: guards.train_and_eval_differ(classifier(0.5), X),
        {"off": lambda: guards.train_and_eval_differ(classifier(0.0), X)},
    ),
    (
        "dropout_drops",
        lambda: guards.dropout_drops(nn.Dropout(0.1), torch.ones(4000), 0.1),
        {"kept": lambda: guards.dropout_drops(nn.Dropout(0.9), torch.ones(4000), 0.1)},
    ),
    (
        "no_future",
        lambda: guards.no_future(Attention(), CODES),
        {name: lambda how=how: guards.no_future(Attention(**how), CODES) for name, how in HEADS.items()}
        | {
            "the last place only": lambda: guards.no_future(lambda c: Attention()(c)[:, -1:], CODES),
            "nothing": lambda: guards.no_future(lambda c: torch.zeros(2, 5, 3), CODES),
            "draws": lambda: guards.no_future(lambda c: F.dropout(Attention()(c)), CODES),
        },
    ),
    (
        "knows_order",
        lambda: guards.knows_order(Attention(), CODES),
        {"no positions": lambda: guards.knows_order(Attention(positions=False), CODES)},
    ),
    (
        "rows_independent",
        lambda: guards.rows_independent(classifier(), X),
        {
            "norm": lambda: guards.rows_independent(Norms(0), X),
            "argmax": lambda: guards.rows_independent(lambda x: x.softmax(0), X),
            "one row": lambda: guards.rows_independent(classifier(), X[:1]),
        },
    ),
    (
        "has_parameters",
        lambda: guards.has_parameters(classifier(), 6 * 12 + 12 + 12 * 4 + 4),
        {
            "plain list": lambda: guards.has_parameters(nn.ModuleList([nn.Linear(2, 2)]), 12),
            "none": lambda: guards.has_parameters(nn.Tanh(), 0),
        },
    ),
    (
        "units_differ",
        lambda: guards.units_differ(classifier()),
        {"zero": lambda: guards.units_differ(zeroed())},
    ),
    (
        "keeps_input",
        lambda: guards.keeps_input(Block(), X),
        {way: lambda way=way: guards.keeps_input(Block(way), X) for way in ("none", "twice", "norm")}
        | {"minimodel": lambda: guards.keeps_input(Residual(skip=False), Tensor(X.numpy()))},
    ),
    (
        "is_not_linear",
        lambda: guards.is_not_linear(classifier(), X),
        {"two layers": lambda: guards.is_not_linear(nn.Sequential(nn.Linear(6, 9), nn.Linear(9, 2)), X)},
    ),
    (
        "normalises",
        lambda: guards.normalises(nn.LayerNorm(6), X, centred=True),
        {
            "axis": lambda: guards.normalises(Norms(0), X),
            "not centred": lambda: guards.normalises(Norms(-1), X, centred=True),
        },
    ),
    (
        "keeps_scale",
        lambda: guards.keeps_scale(nn.Linear(6, 6), X, 0.3),
        {"× 10": lambda: guards.keeps_scale(lambda x: 10 * nn.Linear(6, 6)(x), X)},
    ),
    (
        "survives_zeros",
        lambda: guards.survives_zeros(rms, X),
        {"eps": lambda: guards.survives_zeros(lambda x: rms(x, eps=0.0), X)},
    ),
    (
        "survives_large_inputs",
        lambda: guards.survives_large_inputs(soft, X),
        {"shift": lambda: guards.survives_large_inputs(lambda x: soft(x, shift=False), X)},
    ),
    (
        "matches_reference",
        lambda: guards.matches_reference(soft, lambda x: x.softmax(-1), X),
        {
            "axis": lambda: guards.matches_reference(lambda x: soft(x, axis=0), lambda x: x.softmax(-1), X),
            "shape": lambda: guards.matches_reference(lambda x: soft(x)[:2], lambda x: x.softmax(-1), X),
        },
    ),
    (
        "gradients_match_differences",
        lambda: guards.gradients_match_differences(lambda x: x * x + x, Value(3.0)),
        {"overwritten": lambda: guards.gradients_match_differences(lambda x: Square(x, True), Value(3.0))},
    ),
    ("gradient_stops_at", lambda: target_network(True), {"no detach": lambda: target_network(False)}),
    (
        "records_no_graph",
        lambda: guards.records_no_graph(torch.no_grad()(lambda: classifier()(X))),
        {
            "graph": lambda: guards.records_no_graph(lambda: classifier()(X)),
            "a number": lambda: guards.records_no_graph(lambda: 3.0),
        },
    ),
]
SOUND = [pytest.param(sound, id=name) for name, sound, _ in CASES]
BUGS = [pytest.param(bug, id=f"{name}-{what}") for name, _, bugs in CASES for what, bug in bugs.items()]


@pytest.mark.parametrize("sound", SOUND)
def test_what_is_sound_passes(sound: Callable[[], None]) -> None:
    sound()


@pytest.mark.parametrize("bug", BUGS)
def test_the_bug_fails_by_an_assertion_that_says_what_was_measured(bug: Callable[[], None]) -> None:
    with pytest.raises(AssertionError) as told:
        bug()
    assert len(str(told.value)) > 20


def test_every_check_is_proved_and_says_what_it_catches() -> None:
    assert sorted(name for name, _, _ in CASES) == sorted(names)
    for name in names:
        told = getattr(guards, name).__doc__
        assert "Catches" in told, name
        assert told.splitlines()[0].endswith((".", ":")) or "." in told, name


def test_what_passes_for_torch_passes_for_minimodel() -> None:
    x = Tensor(X.numpy())
    block, layer = Residual(), mm.Linear(6, 3)
    guards.keeps_input(block, x)
    guards.rows_independent(block, x)
    guards.every_parameter_gets_gradient(block, lambda: (block(x) * block(x)).mean())
    guards.is_not_linear(block, x)
    guards.normalises(mm.LayerNorm(6), x, centred=True)
    guards.survives_zeros(mm.RMSNorm(6), x)
    guards.same_in_eval(block, x)
    guards.units_differ(layer)
    guards.has_parameters(layer, 21)
    guards.loss_reaches_zero(mm.cross_entropy, Tensor(np.zeros((8, 4))), Y.numpy())
    guards.loss_is_mean_of_rows(mm.cross_entropy, Tensor(X[:, :4].numpy()), Y.numpy())
    guards.gradients_match_differences(
        lambda a: (a * a.tanh()).mean(), Tensor(X.double().numpy(), requires_grad=True), within=1e-4
    )
    first_of_minimodel(1e-3)
    optimizer = SGD(layer.parameters(), lr=0.1)

    def step() -> None:
        optimizer.zero_grad()
        mm.cross_entropy(layer(x), (Y % 3).numpy()).backward()
        optimizer.step()

    guards.every_parameter_moves(layer, step)
    guards.gradients_are_cleared(layer, step)
    guards.scale_of_first_step(layer, step, 0.1, "sgd")


def test_a_check_leaves_the_model_as_it_was() -> None:
    block = Block()
    before = copy.deepcopy(block.state_dict())
    guards.keeps_input(block, X)
    decays("split")
    run = Training(clip=1.0)
    held = copy.deepcopy(run.model.state_dict())
    guards.clips(run.model, run.step, most=1.0)
    guards.gradients_are_cleared(run.model, run.step)
    for state, now in ((before, block.state_dict()), (held, run.model.state_dict())):
        assert all(torch.equal(state[name], now[name]) for name in state)


def test_importing_it_costs_nothing_else_of_lynx() -> None:
    code = (
        "import lynx.guards, sys; print(*sorted(n for n in sys.modules if n.startswith(('lynx', 'torch'))))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert told
    assert not [name for name in told if name != "lynx" and not name.startswith("lynx.guards")]
