"""What an exam of Phase 19 trains: the starter's small GPT, with warm-up, clipping and AdamW, on text of known entropy.

The faults are arguments: nothing of the learner's code is changed.
"""

import math

import torch
from tinylm.attention import causal_mask
from tinylm.gpt import GPT
from tinylm.grammar import entropy_rate, grammar, sample_text
from tinylm.loss import next_character_loss
from tinylm.text import Vocabulary, batches, windows

TRAINING, VALIDATION = 100_000, 3_200  # characters
FRESH = 1_000_000  # added to the seed for text that no training has seen
EVERY = 5  # steps between two evaluations


def run(probe, *, width, layers, context, batch, steps, lr, warmup, clip, init_scale, sees, seed):
    """AdamW at rate `lr` after `warmup` steps of a rising one, the gradient clipped to `clip`.

    `init_scale` multiplies every weight matrix at the start. `sees`: "past" or "all", what the mask lets a place see.
    At every step `loss`, `gradient` (its length before clipping), `rate`, and `update`, the length of the step divided
    by that of all weights. Every 5 steps `val_loss` on fresh text, and `writing`: the loss at the last place of half a
    window, where nothing comes after it yet, as when text is written. Once `entropy_rate`.
    """
    torch.manual_seed(seed)
    sentences = grammar()
    vocabulary = Vocabulary.of("".join(sentences))
    codes = vocabulary.encode(sample_text(sentences, TRAINING, seed))
    fresh = windows(vocabulary.encode(sample_text(sentences, VALIDATION, seed + FRESH)), context)
    model = GPT(len(vocabulary), width, 2, layers, context)
    mask = causal_mask(context) if sees == "past" else torch.zeros(context, context, dtype=torch.bool)
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim == 2:
                p.mul_(init_scale)

    def forward(codes):
        """As `GPT.forward`, under this run's mask."""
        x = model.embed(codes)
        length = codes.shape[1]
        for block in model.blocks:
            x = block(x, mask[:length, :length])
        return model.output_head(model.norm(x))

    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    drawn = batches(codes, batch, context, seed)
    parameters, half = list(model.parameters()), context // 2
    for step in probe.steps(steps):
        x, y = next(drawn)
        rate = lr * min(1.0, (step + 1) / warmup) if warmup else lr
        for group in optimiser.param_groups:
            group["lr"] = rate
        loss = next_character_loss(forward(x), y)
        optimiser.zero_grad()
        loss.backward()
        gradient = float(torch.nn.utils.clip_grad_norm_(parameters, clip))
        before = [p.detach().clone() for p in parameters]
        optimiser.step()
        moved = math.hypot(*(float((p.detach() - b).norm()) for p, b in zip(parameters, before, strict=True)))
        held = math.hypot(*(float(b.norm()) for b in before))
        probe.record(loss=loss.item(), gradient=gradient, rate=rate, update=moved / held)
        if step == 0:
            probe.record(entropy_rate=entropy_rate(sentences))
        if step % EVERY == 0 or step == steps - 1:
            with torch.no_grad():
                last = forward(fresh[0][:, :half])[:, -1:]
                probe.record(
                    val_loss=next_character_loss(forward(fresh[0]), fresh[1]).item(),
                    writing=next_character_loss(last, fresh[1][:, half - 1 : half]).item(),
                )
