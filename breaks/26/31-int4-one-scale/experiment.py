"""A character transformer is trained in floats; four of its matrices are then stored as integers and read back."""

from itertools import islice

import torch
import torch.nn.functional as F
from quant.quantize import quantize_linear
from tinylm.grammar import grammar, sample_text
from tinylm.text import Vocabulary, batches, windows
from tinylm.transformer import TinyTransformer

NAMES = ("query", "key", "value", "out_proj")
CHARACTERS, FRESH = 50_000, 8_000


def run(probe, *, width, context, batch, steps, lr, outlier, bits, seed):
    """Adam on `batch` windows a step; `bits` none: what `quantize_linear` takes by itself.

    `loss` at every step. At the end, on text drawn afterwards: `before`, the loss in floats; `after`, with queries',
    keys', values' and output's weights quantised and read back; `cost`, after over before; over the rows of the four
    matrices `noise`, the median of the noise's share of a row's power, in decibels (0: as much noise as row), and
    `ternary`, the share of rows in which no weight is worth more than one step of the scale. With `outlier` f the
    trained network is rewritten first: some rows times f, and what reads them divided by f; `rewritten_off` is by how
    much that changes its loss.
    """
    torch.manual_seed(seed)
    sentences = grammar("english")
    text = sample_text(sentences, CHARACTERS, seed)
    vocabulary = Vocabulary.of(text)
    model = TinyTransformer(len(vocabulary), width=width, heads=2, context=context, hidden=2 * width)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    drawn = batches(vocabulary.encode(text), batch, context, seed)
    for _, (x, y) in zip(probe.steps(steps), islice(drawn, steps), strict=True):
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        probe.record(loss=loss.item())
    x, y = windows(vocabulary.encode(sample_text(sentences, FRESH, seed + 10_000)), context)

    @torch.no_grad()
    def surprise():
        return F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()

    trained = surprise()
    rewrite(model, outlier)
    before = surprise()
    shares, ternary = [], []
    with torch.no_grad():
        for name in NAMES:
            weight = getattr(model, name).weight
            floats = weight.double().numpy()
            found = quantize_linear(floats) if bits is None else quantize_linear(floats, bits)
            restored = torch.as_tensor(found.weights())
            noise = (restored - weight).square().sum(1) / weight.square().sum(1)
            shares.append(10.0 * noise.log10())
            step = torch.as_tensor(found.scale).expand_as(restored)
            ternary.append((restored.abs() <= 1.0001 * step).all(dim=1))
            weight.copy_(restored)
    after = surprise()
    probe.record(
        before=before,
        after=after,
        cost=after / before,
        rewritten_off=abs(before - trained),
        noise=torch.cat(shares).median().item(),
        ternary=torch.cat(ternary).double().mean().item(),
    )


@torch.no_grad()
def rewrite(model, factor):
    """The same function in other numbers: v and what reads it, q and k, scaled against each other."""
    place = model.query.weight.shape[0] - 8
    scale(model.value, 0, factor)
    model.out_proj.weight[:, 0] /= factor
    for larger, smaller, row in ((model.query, model.key, 1), (model.key, model.query, place)):
        scale(larger, row, factor)
        scale(smaller, row, 1.0 / factor)


def scale(layer, row, factor):
    """One row of a linear layer and its bias."""
    layer.weight[row] *= factor
    layer.bias[row] *= factor
