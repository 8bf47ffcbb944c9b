"""A training loop as people write it: the code on which guards are tried (benchmarks/guard_table.py)."""

from __future__ import annotations

import random

import torch
import torch.nn.functional as F
from torch import nn


def get_batch(data, starts, length):
    x = torch.stack([data[i : i + length] for i in starts])
    y = torch.stack([data[i + 1 : i + 1 + length] for i in starts])
    return x, y


def pairs(tokens):
    return tokens[:, :-1], tokens[:, 1:]


def split(data, n):
    return data[:n], data[n:]


def standardised(x, mean, std):
    return (x - mean) / std


def orders(samples, epochs, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        yield torch.randperm(samples, generator=generator)


def noise_of_epochs(epochs):
    for epoch in range(epochs):
        noise = torch.randn(16)
        yield noise


def shuffled(rows):
    rows = list(rows)
    random.shuffle(rows)
    return rows


def make_model(dropout=0.5):
    return nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Dropout(dropout), nn.Linear(12, 4))


class Trainer:
    def __init__(self, model, lr=0.1, clip=1.0, steps=4):
        self.model, self.clip = model, clip
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, steps // 2, 0.5)

    def step(self, x, y, scale=1.0):
        self.model.train()
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y) * scale
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.scheduler.step()
        return loss.item()

    def accumulate(self, parts):
        accum_steps = len(parts)
        for x, y in parts:
            loss = F.cross_entropy(self.model(x), y)
            loss = loss / accum_steps
            loss.backward()

    @torch.no_grad()
    def logits(self, x):
        self.model.eval()
        logits = self.model(x)
        self.model.train()
        return logits

    def evaluate(self, batches):
        self.model.eval()
        total_loss, n = 0.0, 0
        with torch.no_grad():
            for x, y in batches:
                total_loss += F.cross_entropy(self.model(x), y).item() * len(y)
                n += len(y)
        self.model.train()
        return total_loss / n

    def saved(self):
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load(self, saved):
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])


def score(model, train_x, train_y, val_x, val_y):
    return (model(val_x).argmax(dim=-1) == val_y).float().mean()


def adamw(model, lr=1e-3, weight_decay=0.1):
    decay = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": decay, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, weight_decay=weight_decay)


def target_loss(online, target, x):
    goal = target(x).detach()
    return F.mse_loss(online(x), goal)
