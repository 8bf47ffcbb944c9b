"""Numbers against numbers got another way, and a training that does not notice it is watched."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lynx.runs.child.adapters import adapt, random_state, restore_random_state
from lynx.runs.child.frames import decode_numbers
from lynx.runs.child.instruments import INSTRUMENTS, stable_rank
from lynx.runs.child.probe import COSTLY_STEPS, Probe
from lynx.truth.measures import METRICS

from .conftest import STARTER

Events = dict[str, dict[int, tuple[float, ...]]]


@pytest.fixture(scope="module", autouse=True)
def minimodel_on_the_path() -> Iterator[None]:
    sys.path.insert(0, str(STARTER / "src"))
    yield
    sys.path.remove(str(STARTER / "src"))


class Recorder(Probe):
    """A probe that keeps what it would send."""

    def __init__(self) -> None:
        self.points: Events = {}
        self.layers: dict[str, tuple[str, ...]] = {}
        super().__init__(self._keep)

    def _keep(self, event: dict[str, Any]) -> None:
        for name, text in event["v"].items():
            self.points.setdefault(name, {})[event["s"]] = decode_numbers(text)
        self.layers.update({name: tuple(names) for name, names in event.get("l", {}).items()})


def numpy_model(depth: int = 3, seed: int = 0) -> Any:
    from minimodel.deep_mlp import DeepMLP
    from minimodel.nn import init

    init.manual_seed(seed)
    return DeepMLP(6, 4, depth=depth, width=8).to(np.float64)


def torch_twin(model: Any) -> Any:
    """The same network in torch, with the same weights under the same names."""
    import torch
    from torch import nn

    class RMSNorm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(8, dtype=torch.float64))

        def forward(self, x: Any) -> Any:
            return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * self.weight

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.fc1, self.fc2 = RMSNorm(), nn.Linear(8, 32), nn.Linear(32, 8)

        def forward(self, x: Any) -> Any:
            return x + self.fc2(nn.functional.gelu(self.fc1(self.norm(x)), approximate="tanh"))

    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.blocks = nn.Linear(6, 8), nn.ModuleList(Block() for _ in range(3))
            self.norm, self.head = RMSNorm(), nn.Linear(8, 4)

        def forward(self, x: Any) -> Any:
            x = self.embed(x)
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    twin = Deep().double()
    twin.load_state_dict({name: torch.from_numpy(np.array(v)) for name, v in model.state_dict().items()})
    return twin


def batches(steps: int) -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(5)
    return [(rng.standard_normal((10, 6)), rng.integers(0, 4, 10)) for _ in range(steps)]


def train_numpy(model: Any, steps: int, probe: Probe | None) -> Any:
    from minimodel.nn.losses import cross_entropy
    from minimodel.optim import SGD
    from minitorch import Tensor

    optimiser = SGD(model.parameters(), lr=0.05, momentum=0.9)
    data = batches(steps)
    if probe is not None:
        probe.watch(model)
    for step in range(steps) if probe is None else probe.steps(steps):
        x, y = data[step]
        optimiser.zero_grad()
        tensor = Tensor(x)
        loss = cross_entropy(model(tensor), y)
        loss.backward()
        if probe is not None:
            probe.closure(lambda inputs, y=y: cross_entropy(model(inputs), y), tensor)
            probe.record(loss=float(loss.data))
        optimiser.step()
    if probe is not None:
        probe.finish()
    return model


def train_torch(model: Any, steps: int, probe: Probe | None) -> Any:
    import torch
    from torch.nn.functional import cross_entropy

    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    data = batches(steps)
    if probe is not None:
        probe.watch(model)
    for step in range(steps) if probe is None else probe.steps(steps):
        x, y = (torch.from_numpy(a) for a in data[step])
        optimiser.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        if probe is not None:
            probe.closure(lambda inputs, y=y: cross_entropy(model(inputs), y), x)
            probe.record(loss=loss.item())
        optimiser.step()
    if probe is not None:
        probe.finish()
    return model


def weights(model: Any) -> list[Any]:
    adapter = adapt(model)
    return [np.array(adapter.tensors.value(p)) for _, p in adapter.parameters]


@pytest.mark.parametrize("framework", ["numpy", "torch"])
def test_a_watched_training_ends_with_the_same_bits(framework: str) -> None:
    train: Callable[..., Any] = train_numpy if framework == "numpy" else train_torch
    make = numpy_model if framework == "numpy" else lambda: torch_twin(numpy_model())
    state = random_state()
    watched = weights(train(make(), 12, Recorder()))
    after = random_state()
    plain = weights(train(make(), 12, None))
    assert all((a == b).all() for a, b in zip(watched, plain, strict=True))
    assert after[0] == state[0]
    assert (after[1][1] == state[1][1]).all()


def test_both_frameworks_tell_the_same() -> None:
    mine, theirs = Recorder(), Recorder()
    train_numpy(numpy_model(), 12, mine)
    train_torch(torch_twin(numpy_model()), 12, theirs)
    assert set(mine.points) == set(theirs.points)
    assert mine.layers == theirs.layers
    for name, points in mine.points.items():
        assert points.keys() == theirs.points[name].keys(), name
        for step, values in points.items():
            assert np.allclose(values, theirs.points[name][step], rtol=1e-6, atol=1e-9), (name, step)


def test_every_design_metric_is_recorded_when_it_should_be() -> None:
    probe = Recorder()
    train_numpy(numpy_model(), 12, probe)
    assert set(INSTRUMENTS) <= set(METRICS)
    of_texts = {"future_dependence"}  # tests/runs/test_future.py
    assert set(INSTRUMENTS) - of_texts <= set(probe.points)
    costly = {s for s in COSTLY_STEPS if s < 12} | {11}
    for name, instrument in INSTRUMENTS.items():
        if name in of_texts:
            continue
        steps = set(probe.points[name])
        if name == "first_nan_step":
            assert steps == {12}
        elif name == "weight_change":
            assert steps == costly | {12}
        else:
            assert steps == (costly if instrument.costly else set(range(12))), name
        assert METRICS[name].per_layer == bool(probe.layers[name]), name


def test_gradient_norms_against_the_gradients_themselves() -> None:
    probe, model = Recorder(), numpy_model()
    train_numpy(model, 1, probe)
    grads = {name: p.grad for name, p in model.named_parameters()}
    per_parameter = dict(
        zip(probe.layers["param_grad_norm"], probe.points["param_grad_norm"][0], strict=True)
    )
    assert per_parameter == pytest.approx({n: np.linalg.norm(g) for n, g in grads.items()})
    block = [g.ravel() for n, g in grads.items() if n.startswith("blocks.1.")]
    assert probe.layers["grad_norm"] == ("blocks.0", "blocks.1", "blocks.2")
    assert probe.points["grad_norm"][0][1] == pytest.approx(np.linalg.norm(np.concatenate(block)))


def test_a_parameter_without_gradient_is_counted_and_named() -> None:
    probe, model = Recorder(), numpy_model()
    model.blocks[0].fc2 = type(model.blocks[0].fc2)(
        8, 8
    )  # its input now has the wrong width, so go around it
    model.blocks[0].forward = lambda x: x
    train_numpy(model, 2, probe)
    missing = [
        n for n, m in zip(probe.layers["grad_missing"], probe.points["grad_missing"][0], strict=True) if m
    ]
    assert missing == [n for n, _ in model.named_parameters() if n.startswith("blocks.0.")]
    assert probe.points["params_without_grad"][1] == (float(len(missing)),)
    assert probe.points["grad_norm"][0][0] == 0.0
    assert list(probe.points["grad_missing"]) == [0]


@pytest.mark.parametrize("scale", [1e-25, 1e25])
def test_norms_outlast_single_precision(scale: float) -> None:
    probe, model = Recorder(), numpy_model().to(np.float32)
    probe.watch(model)
    for _ in probe.steps(1):
        for parameter in model.parameters():
            parameter.grad = np.full(parameter.shape, scale, np.float32)
        probe.record(loss=1.0)
    size = sum(p.data.size for n, p in model.named_parameters() if n.startswith("blocks.0."))
    assert probe.points["grad_norm"][0][0] == pytest.approx(scale * math.sqrt(size), rel=1e-5)


class TestActivations:
    """A model whose layer puts out whatever is asked."""

    def look(self, z: Any) -> Events:
        from minitorch import Tensor

        model = numpy_model()
        for block in model.blocks:
            block.forward = lambda x: Tensor(z)
        probe = Recorder()
        probe.watch(model)
        for _ in probe.steps(1):
            model(Tensor(np.zeros((len(z), 6))))
            probe.record(loss=1.0)
        return probe.points

    def test_against_numpy(self) -> None:
        z = np.random.default_rng(1).standard_normal((20, 8)) + 0.5
        points = self.look(z)
        unit = z / np.linalg.norm(z, axis=1, keepdims=True)
        cosines = np.abs(unit @ unit.T)[~np.eye(20, dtype=bool)]
        assert points["abs_cosine"][0] == pytest.approx((cosines.mean(),) * 3)
        assert points["activation_var"][0] == pytest.approx((z.var(),) * 3)
        exact = np.linalg.norm(z) ** 2 / np.linalg.norm(z, 2) ** 2
        assert points["stable_rank"][0] == pytest.approx((exact,) * 3, rel=1e-3)

    def test_a_bipolar_collapse_is_a_collapse(self) -> None:
        z = np.outer([1.0, -1.0] * 10, np.arange(1.0, 9.0))
        points = self.look(z)
        assert points["abs_cosine"][0] == pytest.approx((1.0,) * 3)
        assert points["stable_rank"][0] == pytest.approx((1.0,) * 3)

    def test_orthogonal_samples(self) -> None:
        points = self.look(np.eye(8))
        assert points["abs_cosine"][0] == pytest.approx((0.0,) * 3)
        assert points["stable_rank"][0] == pytest.approx((8.0,) * 3, rel=1e-3)

    def test_nan_is_shown_as_nan(self) -> None:
        points = self.look(np.full((4, 8), math.nan))
        assert all(
            math.isnan(v) for n in ("abs_cosine", "stable_rank", "activation_var") for v in points[n][0]
        )


@pytest.mark.parametrize("gap", [0.5, 0.9, 0.99, 0.999, 1.0])
def test_stable_rank_whatever_the_gap_to_the_second_direction(gap: float) -> None:
    rng = np.random.default_rng(0)
    u, v = (np.linalg.qr(rng.standard_normal((n, 6)))[0] for n in (30, 12))
    singular = np.array([1, gap, gap, 0.3, 0.1, 0.01])
    z = (u * singular) @ v.T
    assert stable_rank(z[None])[0] == pytest.approx((singular**2).sum(), rel=1e-3)


class Line:
    """A loss that is linear (or not) in one weight, to check what a step foretold."""

    def run(self, curve: Callable[[Any], Any]) -> float:
        from minimodel.nn.module import Module, Parameter
        from minitorch import Tensor

        class Model(Module):
            def __init__(self) -> None:
                super().__init__()
                self.part = Part()

            def forward(self, x: Any) -> Any:
                return self.part(x)

        class Part(Module):
            def __init__(self) -> None:
                super().__init__()
                self.w = Parameter(np.array([2.0]))

            def forward(self, x: Any) -> Any:
                return curve(self.w * x).sum()

        model, probe = Model(), Recorder()
        probe.watch(model)
        x = Tensor(np.array([[1.0]]))
        for _ in probe.steps(1):
            loss = model(x)
            loss.backward()
            probe.closure(model, x)
            probe.record(loss=float(loss.data))
            model.part.w.data -= 0.25 * model.part.w.grad
        return probe.points["step_linearity"][0][0]


def test_step_linearity_of_a_line_and_of_a_parabola() -> None:
    assert Line().run(lambda z: z * 3.0) == pytest.approx(1.0)
    # z² from 2 with slope 4: a step of -1 foretells -4 and brings 1 - 4 = -3.
    assert Line().run(lambda z: z * z) == pytest.approx(0.75)


def test_the_loss_after_a_step_is_computed_without_a_graph() -> None:
    from minitorch import Tensor

    asked = []

    def curve(z: Any) -> Any:
        asked.append(z.requires_grad)
        return z * 3.0

    line = Line()
    assert line.run(curve) == pytest.approx(1.0)
    assert asked[0]
    assert not asked[-1]
    adapter = adapt(numpy_model())
    tracked = Tensor(np.ones(2), requires_grad=True)
    assert not adapter.tensors.detached(tracked).requires_grad
    assert tracked.requires_grad
    codes = np.arange(3)
    assert adapter.tensors.detached(codes) is codes


def test_gradient_cosine_of_a_linear_model_is_one_and_x_grad_is_used_when_there() -> None:
    from minitorch import Tensor

    for tracked in (False, True):
        probe, model = Recorder(), numpy_model(depth=2)
        probe.watch(model)
        x = Tensor(np.ones((5, 6)), requires_grad=tracked)
        for _ in probe.steps(1):
            loss = (x * 3.0).sum() + model(x).sum() * 0.0
            loss.backward()
            probe.closure(lambda inputs: (inputs * 3.0).sum(), x)
            probe.record(loss=float(loss.data))
        assert probe.points["grad_cosine"][0] == pytest.approx((1.0,))


def test_weight_change_and_its_histogram() -> None:
    model, probe = numpy_model(), Recorder()
    probe.watch(model)
    first = {n: p.data.copy() for n, p in model.named_parameters()}
    for _ in probe.steps(3):
        probe.record(loss=1.0)
        for parameter in model.parameters():
            parameter.data += 2e-3
    block = np.concatenate([first[n].ravel() for n in first if n.startswith("blocks.2.")])
    assert probe.points["weight_change"][0] == (0.0, 0.0, 0.0)
    probe.finish()
    assert probe.points["weight_change"][3][2] == pytest.approx(
        6e-3 * math.sqrt(block.size) / np.linalg.norm(block), rel=1e-6
    )
    shares = dict(zip(probe.layers["weight_change_hist"], probe.points["weight_change_hist"][3], strict=True))
    assert shares["3.2e-03"] == 1.0  # 6e-3 lies in [3.2e-3, 1e-2)


@pytest.mark.parametrize(("losses", "first"), [([1, math.nan, 2, math.nan], 1.0), ([1, math.inf], math.inf)])
def test_first_nan_step(losses: list[float], first: float) -> None:
    model, probe = numpy_model(), Recorder()
    probe.watch(model, instruments=["first_nan_step"])
    for step in probe.steps(len(losses)):
        probe.record(loss=losses[step])
    probe.finish()
    assert probe.points["first_nan_step"] == {len(losses): (first,)}


def test_instruments_and_layers_can_be_chosen() -> None:
    probe, model = Recorder(), numpy_model()
    probe.watch(model, layers=["embed", "head"], instruments=["grad_norm"])
    for _ in probe.steps(1):
        probe.record(loss=1.0)
    probe.finish()
    assert set(probe.points) == {"loss", "grad_norm"}
    assert probe.layers["grad_norm"] == ("embed", "head")
    with pytest.raises(KeyError, match="no layer 'tail'"):
        probe.watch(model, layers=["tail"])
    with pytest.raises(KeyError):
        probe.watch(model, instruments=["thermometer"])
    with pytest.raises(TypeError, match="named_parameters"):
        probe.watch(object())


def test_layers_are_the_longest_list_else_the_children() -> None:
    assert adapt(numpy_model(depth=4)).layer_names() == [f"blocks.{i}" for i in range(4)]
    assert adapt(numpy_model(depth=0)).layer_names() == ["embed", "norm", "head"]


def test_a_series_of_the_experiments_own_and_its_mistakes() -> None:
    probe = Recorder()
    for step in probe.steps(2):
        probe.series("hidden", ["a", "b"], [step, 2.0])
    assert probe.points["hidden"] == {0: (0.0, 2.0), 1: (1.0, 2.0)}
    assert probe.layers["hidden"] == ("a", "b")
    with pytest.raises(ValueError, match="2 values for 1 layers"):
        probe.series("other", ["a"], [1.0, 2.0])
    with pytest.raises(ValueError, match="layers changed"):
        probe.series("hidden", ["a", "c"], [1.0, 2.0])


def test_leaving_the_loop_early_loses_nothing() -> None:
    probe = Recorder()
    for step in probe.steps(10):
        probe.record(loss=step)
        if step == 2:
            break
    probe.record(end=1)
    probe.finish()
    assert probe.points == {"loss": {0: (0.0,), 1: (1.0,), 2: (2.0,)}, "end": {3: (1.0,)}}


def test_looking_again_leaves_buffers_and_generators_alone() -> None:
    from minimodel.nn import BatchNorm1d, Module
    from minitorch import Tensor

    class Noisy(Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = BatchNorm1d(3)
            self.rng = np.random.default_rng(0)

        def forward(self, x: Any) -> Any:
            return self.norm(x) + float(self.rng.random()) + float(np.random.rand())

    model = Noisy()
    adapter = adapt(model)
    state, everywhere = model.rng.bit_generator.state, random_state()
    mean = model.norm.running_mean.copy()
    with adapter.untouched():
        model(Tensor(np.random.rand(4, 3))).sum()
        assert (model.norm.running_mean != mean).any()
    assert (model.norm.running_mean == mean).all()
    assert model.rng.bit_generator.state == state
    assert (random_state()[1][1] == everywhere[1][1]).all()
    restore_random_state(everywhere)


def test_the_starter_is_where_these_tests_look(tmp_path: Path) -> None:
    import minimodel

    assert Path(minimodel.__file__).is_relative_to(STARTER)
