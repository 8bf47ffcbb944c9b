"""An estimate of the loss: nothing dropped, and nothing changed by asking."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tinylm.evaluate import estimate_loss
from tinylm.gpt import GPT
from tinylm.train import Plan, Trainer


def model() -> GPT:
    torch.manual_seed(0)
    return GPT(7, width=8, context=6, dropout=0.5).double()


def text(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    codes = torch.randint(7, (5, 7), generator=torch.Generator().manual_seed(seed))
    return codes[:, :-1], codes[:, 1:]


def test_it_is_the_loss_without_dropout_on_each_text():
    gpt, texts = model(), {"train": text(0), "val": text(1)}
    found = estimate_loss(gpt, texts)
    assert found == estimate_loss(gpt, texts)
    still = model().eval()
    for name, (codes, following) in texts.items():
        expected = F.cross_entropy(still(codes).flatten(0, 1), following.flatten()).item()
        assert found[name] == pytest.approx(expected, abs=1e-12)


def test_training_goes_on_as_if_nobody_had_asked():
    def trained(asked: bool) -> list[float]:
        gpt = model()
        trainer, losses = Trainer(gpt, Plan(steps=6, warmup=1)), []
        for step in range(6):
            losses.append(trainer.step([text(step)])[0])
            if asked:
                estimate_loss(gpt, {"val": text(9)})
        return losses

    assert trained(asked=True) == trained(asked=False)
