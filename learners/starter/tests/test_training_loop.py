"""The training loop of the language model: parts against the whole, a file against going on, closed forms."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tinylm.examples import LENGTHS, PADDING, Examples, joined, lengths_of, micro_batches, pieces
from tinylm.train import Plan, Trainer, audit, main, resumed, summed_loss

CODES = torch.arange(500) % 7


class Net(nn.Module):
    """Codes (batch, length) -> logits (batch, length, 7)."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(7, 5)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(5, 7)

    def forward(self, codes: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(torch.tanh(self.embedding(codes))))
        return logits


def trainer_of(dropout: float = 0.0, **plan: float) -> Trainer:
    torch.manual_seed(0)
    return Trainer(Net(dropout).double(), Plan(**{"steps": 20, "warmup": 3, "lr": 0.05} | plan))  # type: ignore[arg-type]


def examples(step: int, kind: str = "mixed", parts: int = 3) -> list[Examples]:
    return micro_batches(CODES, kind=kind, batch=4, parts=parts, context=16, seed=1, step=step)


def weights(trainer: Trainer) -> list[Tensor]:
    return [p.detach().clone() for p in trainer.model.parameters()]


# --- accumulation ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LENGTHS)
def test_the_parts_of_a_batch_give_the_gradient_of_the_whole(kind: str) -> None:
    trainer, parts = trainer_of(), examples(0, kind)
    loss = trainer.accumulate(parts)
    gradients = [p.grad for p in trainer.model.parameters()]
    codes, targets = joined(parts)
    mean = nn.functional.cross_entropy(trainer.model(codes).flatten(0, 1), targets.flatten())
    whole = torch.autograd.grad(mean, list(trainer.model.parameters()))
    assert loss == pytest.approx(mean.item(), rel=1e-12)
    for one, other in zip(gradients, whole, strict=True):
        assert one is not None
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)
    assert audit(trainer, parts) == pytest.approx(1.0, abs=1e-12)


def test_a_mean_of_means_is_another_gradient_and_the_audit_tells() -> None:
    class Means(Trainer):
        def accumulate(self, parts) -> float:  # type: ignore[no-untyped-def]
            self.optimizer.zero_grad()
            for codes, targets in parts:
                (summed_loss(self.model(codes), targets) / (targets != PADDING).sum() / len(parts)).backward()
            return 0.0

    trainer = Means(trainer_of().model, Plan())
    assert audit(trainer, examples(0, "equal")) == pytest.approx(1.0, abs=1e-12)
    assert audit(trainer, examples(0, "skewed")) < 0.99


# --- one step -------------------------------------------------------------------------------


def test_a_gradient_is_as_long_as_the_limit_or_shorter() -> None:
    for clip in (1e-2, 1e9):
        trainer = trainer_of(clip=clip)
        _, norm = trainer.step(examples(0))
        given = math.hypot(*(float(p.grad.norm()) for p in trainer.model.parameters() if p.grad is not None))
        assert given == pytest.approx(min(norm, clip), rel=1e-3)
        assert 1e-2 < norm < 1e9


def test_the_first_step_is_that_of_adamw_written_out() -> None:
    trainer = trainer_of(clip=1e9)
    before = weights(trainer)
    trainer.step(examples(0))
    rate = 0.05 / 3  # of three steps of warm-up
    for p, old in zip(trainer.model.parameters(), before, strict=True):
        assert p.grad is not None
        expected = old * (1 - rate * 0.1) - rate * p.grad / (p.grad.abs() + 1e-8)
        torch.testing.assert_close(p.detach(), expected, rtol=1e-10, atol=1e-12)


def test_the_rate_rises_in_a_line_and_falls_in_a_cosine() -> None:
    plan = Plan(steps=101, lr=0.4, warmup=20, floor=0.25)
    assert [plan.rate(t) for t in (0, 9, 19)] == pytest.approx([0.02, 0.2, 0.4])
    assert plan.rate(20) == pytest.approx(0.4)
    assert plan.rate(60) == pytest.approx(0.4 * (0.25 + 0.75 / 2))  # half-way
    assert plan.rate(40) == pytest.approx(0.4 * (0.25 + 0.75 * (1 + math.sqrt(0.5)) / 2))
    assert plan.rate(100) == pytest.approx(0.1)


# --- evaluation -----------------------------------------------------------------------------


def test_an_evaluation_drops_nothing_and_changes_nothing() -> None:
    trainer = trainer_of(dropout=0.5)
    state = torch.get_rng_state()
    first, second = (trainer.evaluate(examples(9)) for _ in range(2))
    assert first == second
    assert torch.equal(state, torch.get_rng_state())
    assert trainer.model.training
    plain = trainer_of()
    codes, targets = joined(examples(9))
    mean = nn.functional.cross_entropy(plain.model(codes).flatten(0, 1), targets.flatten())
    assert first == pytest.approx(mean.item(), rel=1e-12)


# --- the file -------------------------------------------------------------------------------


def test_going_on_from_a_file_is_going_on_to_the_last_bit() -> None:
    through = trainer_of(dropout=0.3)
    for step in range(12):
        through.step(examples(step))
    stopped = trainer_of(dropout=0.3)
    for step in range(5):
        stopped.step(examples(step))
    stopped = resumed(stopped)
    assert stopped.done == 5
    for step in range(5, 12):
        stopped.step(examples(step))
    assert all(torch.equal(a, b) for a, b in zip(weights(through), weights(stopped), strict=True))


def test_another_model_may_go_on_too(tmp_path: Path) -> None:
    first, second = trainer_of(dropout=0.3), trainer_of(dropout=0.3)
    first.step(examples(0))
    first.save(tmp_path / "state.pt")
    loss = first.step(examples(1))
    second.load(tmp_path / "state.pt")
    assert second.step(examples(1)) == loss


# --- examples -------------------------------------------------------------------------------


def test_lengths_are_what_they_are_called() -> None:
    rng = np.random.default_rng(0)
    assert lengths_of("equal", 8, 32, rng).tolist() == [32] * 8
    mixed = lengths_of("mixed", 400, 32, rng).tolist()
    assert (min(mixed), max(mixed)) == (8, 32) and mixed == sorted(mixed)
    skewed = lengths_of("skewed", 400, 32, rng).tolist()
    assert skewed[300:] == [32] * 100 and max(skewed[:300]) == 4
    with pytest.raises(ValueError, match="equal, mixed, skewed, dealt, not 'odd'"):
        lengths_of("odd", 8, 32, rng)


def test_pieces_are_of_the_text_and_padded_behind() -> None:
    codes, targets = pieces(CODES, torch.tensor([2, 5]), np.random.default_rng(0))
    assert codes.shape == targets.shape == (2, 5)
    assert targets[0, 2:].tolist() == [PADDING] * 3
    assert torch.equal((codes[1] + 1) % 7, targets[1])
    with pytest.raises(ValueError, match="too short"):
        pieces(CODES[:5], torch.tensor([5]), np.random.default_rng(0))


def test_a_step_has_its_own_examples_and_always_the_same() -> None:
    one, again, next_one = examples(3), examples(3), examples(4)
    assert all(torch.equal(a, b) for x, y in zip(one, again, strict=True) for a, b in zip(x, y, strict=True))
    assert not torch.equal(one[0][0], next_one[0][0])


def test_dealt_parts_have_a_long_one_each() -> None:
    assert [codes.shape[1] for codes, _ in examples(0, "dealt", parts=4)] == [16] * 4
    shapes = [codes.shape[1] for codes, _ in examples(0, "skewed", parts=4)]
    assert shapes[-1] == 16 and max(shapes[:-1]) <= 2


# --- the program ----------------------------------------------------------------------------


def test_the_program_prints_what_it_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--steps=3", "--every=2", "--width=8", "--layers=1", "--stop=2", "--audit=2", "--seed=5"]
    monkeypatch.setattr("sys.argv", ["train.py", *words])
    main()
    lines = [" ".join(line.split()[:3]) for line in capsys.readouterr().out.splitlines()]
    first, second = (
        ["step 0 val", "step 0 audit", "step 0 loss"],
        ["step 2 val", "step 2 audit", "step 2 loss"],
    )
    assert lines == [*first, "step 1 loss", *second, "step 2 val"]


def test_a_plan_that_says_nothing_has_the_rate_that_the_course_measured_with() -> None:
    assert Plan().lr == 3e-3
