"""A recurrent network of one layer over characters (Elman 1990)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TinyRNN(nn.Module):
    """Predicts the next character at every place of a text from a state that it carries along.

    codes: (batch, length) integers below `vocabulary` -> logits: (batch, length, vocabulary) and the state
    after the last place: (batch, hidden). Handing that state to the next call goes on where this one ended.
    """

    def __init__(self, vocabulary: int = 65, width: int = 32, hidden: int = 96) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.input = nn.Linear(width, hidden)
        self.recurrent = nn.Linear(hidden, hidden, bias=False)  # `input` has the bias of both
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, codes: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits at every place, and the state after the last; without a `state`, the text begins here.

        ValueError for a text without a character.
        """
        states = []
        # What the characters say by themselves takes one product for all places.
        for own in self.input(self.embedding(codes)).unbind(dim=1):
            state = self.step(own, state)
            states.append(state)
        if state is None:
            raise ValueError("a text needs at least one character")
        return self.head(torch.stack(states, dim=1)), state

    def step(self, own: Tensor, state: Tensor | None = None) -> Tensor:
        """tanh(own + W · state), all (batch, hidden); without a `state`, that of a text's beginning: 0."""
        if state is None:
            state = torch.zeros_like(own)
        return torch.tanh(own + self.recurrent(state))
