"""A small GPT, read twice: the whole text at once, and with a cache, piece by piece."""

from itertools import islice

import torch
from tinylm.attention import causal_mask
from tinylm.cache import Cache, read
from tinylm.gpt import GPT
from tinylm.grammar import grammar, sample_text
from tinylm.loss import next_character_loss
from tinylm.text import Vocabulary, batches, windows

CHARACTERS, FRESH = 50_000, 5_000


def run(probe, *, width, layers, context, batch, steps, lr, prompt, piece, shift, seed):
    """AdamW on `batch` windows a step; then fresh windows are read, `prompt` characters first, `piece` a time after.

    `loss` at every step. At the end, over the places after the prompt: `alone`, the loss when each window is read at
    once; `cached`, the loss with the cache; `cost`, cached over alone; `same_choice`, the share of places at which the
    likeliest character is the same. `gap` is the largest difference of a logit after the prompt, `prompt_gap` within
    it. `forgetful_gap` is how far the logits with the cache are from those of a model that is read at once, and from
    which all places between the prompt's last and the present one are hidden (both included, and excluded). With
    `shift` the cache is told after the prompt that it has read so many characters more than it has.
    """
    torch.manual_seed(seed)
    sentences = grammar("english")
    text = sample_text(sentences, CHARACTERS, seed)
    vocabulary = Vocabulary.of(text)
    model = GPT(len(vocabulary), width=width, heads=2, layers=layers, context=context)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    drawn = batches(vocabulary.encode(text), batch, context, seed)
    for _, (x, y) in zip(probe.steps(steps), islice(drawn, steps), strict=True):
        loss = next_character_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        probe.record(loss=loss.item())
    model.eval()
    x, y = windows(vocabulary.encode(sample_text(sentences, FRESH, seed + 10_000)), context)
    x, y = x[:, : context - shift], y[:, : context - shift]
    with torch.no_grad():
        alone, forgetful = model(x), masked(model, x, prompt)
    cache = Cache(model, len(x))
    found = [read(model, x[:, :prompt], cache)]
    cache.places += shift
    found += [read(model, part, cache) for part in x[:, prompt:].split(piece, dim=1)]
    cached = torch.cat(found, dim=1)
    after, wanted = slice(prompt, None), y[:, prompt:]
    losses = [next_character_loss(logits[:, after], wanted).item() for logits in (alone, cached)]
    probe.record(
        alone=losses[0],
        cached=losses[1],
        cost=losses[1] / losses[0],
        same_choice=(alone.argmax(-1) == cached.argmax(-1))[:, after].double().mean().item(),
        gap=(alone - cached)[:, after].abs().max().item(),
        prompt_gap=(alone - cached)[:, :prompt].abs().max().item(),
        forgetful_gap=(forgetful - cached)[:, after].abs().max().item(),
    )


def masked(model, codes, prompt):
    """Logits of the whole text; a place after the prompt sees itself and the prompt but for its last character."""
    length = codes.shape[1]
    hidden = causal_mask(length)
    place = torch.arange(length)
    between = (place[None, :] >= prompt - 1) & (place[None, :] < place[:, None]) & (place[:, None] >= prompt)
    x = model.embed(codes)
    for block in model.blocks:
        x = block(x, hidden | between)
    return model.output_head(model.norm(x))
