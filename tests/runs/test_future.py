"""Future dependence against models whose every look ahead is known, and of the learner's GPT."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lynx.runs.experiments.sequences import evaluated, true_loss

from .conftest import STARTER
from .test_instruments import Recorder, weights

LENGTH = 9
CODES = torch.randint(7, (3, LENGTH), generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module", autouse=True)
def starter_on_the_path() -> Iterator[None]:
    sys.path.insert(0, str(STARTER / "src"))
    yield
    sys.path.remove(str(STARTER / "src"))


class Reads(nn.Module):
    """Place t is told from those that `sees` (place, other) names; `wrap` makes of the logits what is returned."""

    def __init__(
        self, sees: Callable[[int, int], bool], wrap: Callable[[Any], Any] = lambda x: x, layers: int = 1
    ) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(7, 5), nn.Linear(5, 7)
        places = range(LENGTH)
        self.sees = torch.tensor([[float(sees(t, s)) for s in places] for t in places])
        self.wrap, self.layers = wrap, layers

    def forward(self, codes: Any) -> Any:
        x = self.embedding(codes)
        for _ in range(self.layers):
            x = torch.tanh(self.sees @ x)
        return self.wrap(self.head(x))


def told(model: Any, call: Callable[[Any], Any] = lambda model: model(CODES)) -> float | None:
    """What the instrument says after one call; None where it records nothing."""
    probe = Recorder()
    probe.watch(model, instruments=["future_dependence"])
    for _ in probe.steps(1):
        call(model)
        probe.record(loss=1.0)
    probe.finish()
    found = probe.points.get("future_dependence")
    return None if found is None else found[0][0]


@pytest.mark.parametrize(
    ("sees", "layers", "places"),
    [
        (lambda t, s: s <= t, 1, 0),
        (lambda t, s: s <= t, 3, 0),
        (lambda t, s: s == t, 1, 0),
        (lambda t, s: True, 1, LENGTH - 1),
        (lambda t, s: s <= t + 1, 1, 1),
        (lambda t, s: s <= t + 1, 2, 2),  # what a place was told by the next one it tells on
        (lambda t, s: s <= t + 3, 1, 3),
        (lambda t, s: s <= t or s == LENGTH - 1 > t > 4, 1, 3),
    ],
)
def test_the_places_that_see_the_last_one_are_counted(
    sees: Callable[[int, int], bool], layers: int, places: int
) -> None:
    assert told(Reads(sees, layers=layers)) == places


def test_a_smallest_influence_counts_and_none_does_not() -> None:
    faint = Reads(lambda t, s: s <= t)
    faint.sees[0, LENGTH - 1] = 1e-6
    assert told(faint) == 1
    hidden = Reads(lambda t, s: s <= t)
    hidden.sees[0, LENGTH - 1] = math.nan  # told from nothing before and after: no difference
    assert told(hidden) == 0


def test_whatever_comes_with_the_logits_and_however_the_text_is_given() -> None:
    def ahead(t: int, s: int) -> bool:
        return s <= t + 1

    assert told(Reads(ahead, wrap=lambda x: (x, None))) == 1
    assert told(Reads(ahead, wrap=lambda x: SimpleNamespace(logits=x, loss=None))) == 1
    assert told(Reads(ahead), lambda model: model(codes=CODES)) == 1


def test_what_is_no_sequence_model_records_nothing() -> None:
    model = Reads(lambda t, s: True)
    assert told(Reads(lambda t, s: True, wrap=lambda x: x[:, -1])) is None
    assert told(nn.Linear(4, 4), lambda model: model(torch.ones(3, 4))) is None
    assert told(model, lambda model: None) is None
    same = torch.ones(3, LENGTH, dtype=torch.long)
    assert told(model, lambda model: model(same)) is None  # there is no other character to put there


def test_numpy_models_are_asked_too() -> None:
    from minimodel.nn.module import Module, Parameter
    from minitorch import Tensor

    class Sums(Module):
        def __init__(self, ahead: int) -> None:
            super().__init__()
            self.table, self.ahead = Parameter(np.random.default_rng(0).standard_normal((7, 4))), ahead

        def forward(self, codes: Any) -> Any:
            sees = np.tril(np.ones((LENGTH, LENGTH)), self.ahead)
            return Tensor(sees @ self.table.data[codes])

    for ahead in (0, 2):
        assert told(Sums(ahead), lambda model: model(CODES.numpy())) == ahead


# --- the learner's GPT ----------------------------------------------------------------------


def gpt(dropout: float = 0.0, layers: int = 2) -> Any:
    from tinylm.gpt import GPT

    torch.manual_seed(0)
    return GPT(7, width=12, heads=3, layers=layers, context=LENGTH, dropout=dropout)


def test_a_causal_mask_hides_all_in_training_too() -> None:
    assert told(gpt(dropout=0.3)) == 0


def test_without_one_every_place_sees_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinylm.gpt.causal_mask", lambda length, device: None)
    assert told(gpt()) == LENGTH - 1


def test_heads_merged_without_a_transpose_see_where_the_arithmetic_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """(heads, length, d) laid out in one row: head h's last place lies in row ((h + 1) · length − 1) // heads."""
    monkeypatch.setattr("tinylm.attention.merge_heads", lambda x: x.reshape(len(x), LENGTH, -1))
    rows = {((h + 1) * LENGTH - 1) // 3 for h in range(3)}
    assert told(gpt(layers=1)) == len(rows - {LENGTH - 1}) == 2


def train(model: Any, probe: Any) -> Any:
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.manual_seed(3)
    if probe is not None:
        probe.watch(model, instruments=["activation_var", "future_dependence"])
    for step in range(4) if probe is None else probe.steps(4):
        loss = F.cross_entropy(model(CODES).flatten(0, 1), (CODES + step).remainder(7).flatten())
        optimiser.zero_grad()
        loss.backward()
        if probe is not None:
            probe.record(loss=loss.item())
        optimiser.step()
    return model


def test_a_watched_training_ends_with_the_same_bits() -> None:
    alone, probe = Recorder(), Recorder()
    found, plain = train(gpt(dropout=0.2), probe), train(gpt(dropout=0.2), None)
    assert all((a == b).all() for a, b in zip(weights(found), weights(plain), strict=True))
    assert set(probe.points["future_dependence"]) == {0, 1, 2, 3}
    model = gpt(dropout=0.2)
    alone.watch(model, instruments=["activation_var"])
    for _ in alone.steps(1):
        torch.manual_seed(3)
        model(CODES)
        alone.record(loss=1.0)
    alone.finish()
    # what the layers put out is what they put out in training, not what they were asked afterwards
    assert alone.points["activation_var"][0] == probe.points["activation_var"][0]


def test_what_a_model_carries_on_by_itself_is_as_it_was() -> None:
    class Carries(nn.Module):
        """Counts its calls, keeps a state and a list, and draws from a generator of its own."""

        def __init__(self) -> None:
            super().__init__()
            self.table, self.calls, self.past = nn.Embedding(7, 7), 0, []
            self.state: Any = None
            self.generator = torch.Generator().manual_seed(1)

        def forward(self, codes: Any) -> Any:
            self.calls += 1
            self.past.append(codes)
            noise = torch.rand(codes.shape, generator=self.generator)[..., None]
            self.state = noise if self.state is None else self.state + noise
            return self.table(codes).cumsum(dim=1) + self.state

    def end(looked: bool) -> Any:
        torch.manual_seed(0)
        model, probe = Carries(), Recorder()
        if looked:
            probe.watch(model, instruments=["future_dependence"])
        for _ in probe.steps(3):
            model(CODES)
            probe.record(loss=1.0)
        return model, probe.points

    (watched, points), (plain, _) = end(looked=True), end(looked=False)
    assert set(points["future_dependence"].values()) == {(0.0,)}
    assert watched.calls == plain.calls == len(watched.past) == len(plain.past) == 3
    assert torch.equal(watched.state, plain.state)
    assert torch.equal(watched.generator.get_state(), plain.generator.get_state())


# --- true loss ------------------------------------------------------------------------------

WINDOWS = CODES, CODES.roll(-1, dims=1)


def test_the_true_loss_of_a_model_that_does_not_look_ahead_is_its_loss() -> None:
    model = gpt().double()
    assert true_loss(model, WINDOWS) == pytest.approx(evaluated(model, WINDOWS, 0, 0)["val_loss"], abs=1e-12)
    assert model.training


def test_a_model_that_copies_the_next_character_knows_nothing_without_it() -> None:
    class Copies(nn.Module):
        """Certain of the next character of the text, and without an idea where the text ends."""

        def forward(self, codes: Any) -> Any:
            known = 50.0 * F.one_hot(codes[:, 1:], 7)
            return torch.cat([known, torch.zeros(len(codes), 1, 7)], dim=1)

    model = Copies()
    at_the_end = math.log(7) / LENGTH  # the one place after which nothing stands
    assert evaluated(model, WINDOWS, 0, 0)["val_loss"] == pytest.approx(at_the_end, abs=1e-6)
    assert true_loss(model, WINDOWS) == pytest.approx(math.log(7), abs=1e-6)
