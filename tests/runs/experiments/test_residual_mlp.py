"""Break 02's experiment against the model itself, and what its deciding measures see."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from lynx.runs.runner import Job, Setting, run_jobs
from lynx.truth.measures import Ended, Run

TARGET = "src/resmlp/model.py"
SMALL = {"width": 32, "blocks": 3, "epochs": 2}
DRAW = b"nn.init.normal_(self.w2.weight, std=w2_std)"


def asked(source: bytes | None = None, seed: int = 0, **arguments: Any) -> Job:
    return Job("healthy", seed, source, "residual_mlp", {**SMALL, **arguments})


def runs(starter: Setting, *jobs: Job) -> list[Run]:
    """All in one child: each would import torch by itself."""
    setting = replace(starter, target=TARGET)
    found = run_jobs(setting, jobs)
    for run in found:
        assert run.ended is Ended.FINISHED, run.log_tail
    return list(found)


def values(run: Run, metric: str, step: int) -> tuple[float, ...]:
    return run.series[metric].points[step]


@pytest.fixture
def resmlp(starter: Setting, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The starter's package, imported here."""
    monkeypatch.syspath_prepend(str(starter.top / "src"))
    import importlib

    yield importlib
    for name in [n for n in sys.modules if n.partition(".")[0] == "resmlp"]:
        del sys.modules[name]


def test_what_it_says_of_the_untrained_model(starter: Setting, resmlp: Any) -> None:
    """Each figure worked out again from the model, one sample at a time."""
    (run,) = runs(starter, asked(seed=2, w2_std=0.3))
    data = resmlp.import_module("resmlp.data").noisy_centres(2, noise=1.5)
    torch.manual_seed(2)
    model = resmlp.import_module("resmlp.model").ResidualMLP(32, 32, 10, 3, True, 0.3)
    states: list[list[float]] = [[] for _ in range(4)]
    slopes: list[list[float]] = [[] for _ in range(4)]
    for x, y in zip(data.x_val, data.y_val, strict=True):
        logits, hiddens = model(x[None], return_hidden=True)
        loss = torch.nn.functional.cross_entropy(logits, y[None])
        for i, gradient in enumerate(torch.autograd.grad(loss, hiddens)):
            slopes[i].append(gradient.norm().item())
            states[i].append(hiddens[i].norm().item())
    # torch's median of an even number is the lower of the two in the middle
    middle = (len(data.y_val) - 1) // 2
    for metric, seen in (("hidden_norm", states), ("sample_grad_norm", slopes)):
        assert run.series[metric].layers == ("h0", "h1", "h2", "h3")
        np.testing.assert_allclose(values(run, metric, 0), [sorted(s)[middle] for s in seen], rtol=2e-4)
    with torch.no_grad():
        everything = model(data.x_train)
        right = (model(data.x_val).argmax(-1) == data.y_val).float().mean().item()
    assert values(run, "val_accuracy", 0) == pytest.approx((right,))
    wanted = torch.nn.functional.cross_entropy(everything, data.y_train).item()
    assert values(run, "loss", 0) == pytest.approx((wanted,), rel=1e-5)


def test_it_learns_under_both_rules_and_records_every_epoch(starter: Setting) -> None:
    for run in runs(starter, asked(epochs=4), asked(epochs=4, rule="dfa")):
        assert list(run.series["loss"].points) == [0, 1, 2, 3, 4]
        assert values(run, "loss", 4)[0] < 0.7 * math.log(10)
        assert values(run, "val_accuracy", 4)[0] > 0.5  # a guess is 0.1


@pytest.mark.exhaustive
def test_every_flag_changes_the_run_and_the_seed_repeats_it(starter: Setting) -> None:
    changes = ({"rule": "dfa"}, {"residual_add": False}, {"w2_std": 0.5}, {"noise": 1.0}, {"lr": 1e-4})
    jobs = (asked(), asked(), asked(seed=1), *(asked(**change) for change in changes))
    plain, again, other, *changed = runs(starter, *jobs)
    assert plain.series == again.series
    for change, run in zip(changes, changed, strict=True):
        assert values(run, "hidden_norm", 2) != values(plain, "hidden_norm", 2), change
    assert values(other, "hidden_norm", 0) != values(plain, "hidden_norm", 0)


def test_direct_feedback_knows_nothing_of_the_gradient_at_first(starter: Setting) -> None:
    """In width d the cosine of unrelated directions has standard deviation 1/√d; the mean over samples less."""
    (run,) = runs(starter, asked(rule="dfa"))
    assert len(values(run, "alignment", 0)) == 4
    assert max(map(abs, values(run, "alignment", 0))) < 4 / math.sqrt(32)


ODD = {
    "the default deviation": (b"nn.init.normal_(self.w2.weight)", 100.0),
    "the mean": (b"nn.init.normal_(self.w2.weight, w2_std)", 100.0),
    "a variance": (b"nn.init.normal_(self.w2.weight, std=w2_std**0.5)", 10.0),
    "one number": (b"nn.init.normal_(self.w2.weight, std=0.01)", 1.0),
    "zero": (b"nn.init.zeros_(self.w2.weight)", 0.0),
}


def test_a_wrong_deviation_shows_whatever_is_asked_for(starter: Setting) -> None:
    healthy = (starter.top / TARGET).read_bytes()
    assert healthy.count(DRAW) == 1
    found = runs(starter, *(asked(healthy.replace(DRAW, line)) for line, _ in ODD.values()))
    for (name, (_, factor)), run in zip(ODD.items(), found, strict=True):
        got = dict(zip(run.series["w2_std_ratio"].layers, values(run, "w2_std_ratio", 0), strict=True))
        assert got["0.01"] == pytest.approx(factor, rel=0.08), name
        assert max(abs(ratio - 1) for ratio in got.values()) > 0.5, name


@pytest.mark.exhaustive
def test_other_right_ways_to_draw_do_not_show(starter: Setting) -> None:
    healthy = (starter.top / TARGET).read_bytes()
    ways = (
        DRAW,
        b"nn.init.normal_(self.w2.weight, 0.0, w2_std)",
        b"self.w2.weight.data = torch.randn(d_hidden, d_hidden) * w2_std",
    )
    for run in runs(starter, *(asked(healthy.replace(DRAW, way), width=128) for way in ways)):
        assert values(run, "w2_std_ratio", 0) == pytest.approx((1.0, 1.0, 1.0), abs=0.03)


def test_a_forward_that_differs_from_a_layer_on_is_seen(starter: Setting) -> None:
    healthy = (starter.top / TARGET).read_bytes()
    odd = healthy.replace(b"h = self.step(h, layer)", b"h = 2 * self.step(h, layer)")
    assert odd != healthy
    sound, run = runs(starter, asked(), asked(odd))
    assert values(sound, "forward_from_gap", 0)[0] < 1e-5
    assert values(run, "forward_from_gap", 0)[0] > 1e-3


def test_pushes_differ_in_what_they_say(starter: Setting, resmlp: Any) -> None:
    """Each push from the same state: across it is orthogonal to it, shrinking it points the fixed way."""
    from lynx.runs.experiments.residual_mlp import pushed

    training = resmlp.import_module("resmlp.train")
    data = resmlp.import_module("resmlp.data").noisy_centres(0)
    torch.manual_seed(0)
    model = resmlp.import_module("resmlp.model").ResidualMLP(32, 16, 10, 0)
    feedback = training.feedback_matrices(model, 0)
    x, y = data.x_train[:8], data.y_train[:8]
    h = model.embed(x).detach()

    def sent(push: str) -> Any:
        """The signal at the embedding: its gradient is signalᵀ x, and x has more columns than rows."""
        if push == "fixed":
            training.direct_feedback(model, x, y, feedback)
        else:
            pushed(push, training, feedback)(model, x, y)
        return torch.linalg.lstsq(x.T, model.embed.weight.grad.T).solution

    fixed, across, shrinking, astray = (sent(push) for push in ("fixed", "across", "shrinking", "astray"))
    assert ((fixed * h).sum(1).abs() > 1e-4).all()
    assert (across * h).sum(1).abs().max() < 1e-6
    assert torch.nn.functional.cosine_similarity(fixed, shrinking).min() > 0.9999
    ratio = shrinking.norm(dim=1) / fixed.norm(dim=1)
    assert torch.allclose(ratio * h.norm(dim=1), h.norm(dim=1).mean().expand(8), rtol=1e-3)
    assert (astray * h).sum(1).abs().max() > 1e-4
    assert not torch.allclose(astray, fixed)


def test_with_both_signs_no_linear_model_will_do(starter: Setting) -> None:
    shown = {"noise": 1.0, "width": 64, "epochs": 6}
    one_side, flat, deep = runs(
        starter,
        asked(**{**shown, "blocks": 0}),
        asked(**{**shown, "blocks": 0}, both_signs=True),
        asked(**{**shown, "blocks": 3}, both_signs=True),
    )
    assert values(one_side, "val_accuracy", 6)[0] > 0.8
    assert values(flat, "val_accuracy", 6)[0] < 0.4
    assert values(deep, "val_accuracy", 6)[0] > 0.7


def test_a_rule_that_is_not_there(starter: Setting) -> None:
    (run,) = run_jobs(replace(starter, target=TARGET), [asked(rule="hebb")])
    assert run.ended is Ended.CRASHED
    assert "ValueError" in run.log_tail
