"""Losses as people write them: the code on which guards are tried (benchmarks/guard_table.py)."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F


def classes_loss(logits, targets):
    return F.cross_entropy(logits, targets)


def likelihood(logits, targets):
    return F.nll_loss(F.log_softmax(logits, dim=1), targets)


def squared_loss(prediction, target):
    return ((prediction.squeeze(-1) - target) ** 2).mean()


def padded_loss(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)


def masked_loss(logits, targets, mask):
    losses = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(mask)
    return (losses * mask).sum() / mask.sum()


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cosine(x, y):
    return (x * y).sum(-1) / (x.norm(dim=-1) * y.norm(dim=-1) + 1e-8)


def answers(logits):
    return torch.argmax(logits, 1)
