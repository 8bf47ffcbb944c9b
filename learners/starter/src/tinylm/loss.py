"""What a prediction costs."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def next_character_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy in nats a character.

    logits: (batch, length, vocabulary), targets: (batch, length) integers.
    """
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())
