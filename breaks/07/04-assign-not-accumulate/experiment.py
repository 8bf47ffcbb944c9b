"""Scalar autograd at work: four expressions differentiated by hand, then a small network on two moons."""

import math
import random

import numpy as np
from minigrad import Value
from minigrad.nn import MLP, moons


def run(probe, *, hidden, batch, steps, lr, keep=None, seed):
    """Train an MLP of tanh units on `batch` points a step and hold its gradient against the one by hand.

    At step 0, of expressions whose derivatives are known: `diamond`, the gradients of (a·b + c)(a − c) at 2, 3, 4;
    `diamond_right`, how many of the three are; `diamond_off`, the largest error in units of the right value;
    `chain_off`, the relative error along log(1 + exp(tanh(3x))); `twice`, d(x·x)/dx at 3 over 6.

    At every step: `loss`, the mean squared error of the batch; `cosine` of the engine's gradient with the right one;
    `length` of it over the right one's; `one_sample_gap`, how far it is from the gradient of a single point over
    `batch`, relative, at best. At the end `fit`, the mean squared error over all 40 points, and `val_accuracy` on 200
    fresh ones. With `keep`, the loss holds only the first `keep` points of the batch, still divided by `batch`.
    """
    rng = random.Random(seed)
    model, points = MLP((2, *hidden, 1), seed), moons(40, seed)
    fresh = moons(200, seed + 1000)
    for step in probe.steps(steps):
        if step == 0:
            probe.record(**expressions(probe))
        chosen = [rng.choice(points)] if batch == 1 else rng.sample(points, batch)
        model.zero_grad()
        total = Value(0.0)
        for point in chosen[:keep]:
            total = total + (model(point.x)[0] - point.label) ** 2
        loss = total * (1.0 / batch)
        loss.backward()
        found = np.array([p.grad for p in model.parameters()])
        each = np.array([by_hand(model, point) for point in chosen])
        right = each.mean(axis=0)
        probe.record(
            loss=loss.data,
            cosine=float(found @ right / math.sqrt((found @ found) * (right @ right))),
            length=float(np.linalg.norm(found) / np.linalg.norm(right)),
            one_sample_gap=float(
                np.min(np.linalg.norm(found - each / batch, axis=1)) / np.linalg.norm(found)
            ),
        )
        for p in model.parameters():
            p.data -= lr * p.grad
        if step == steps - 1:
            probe.record(
                fit=sum((model(p.x)[0].data - p.label) ** 2 for p in points) / len(points),
                val_accuracy=sum((model(p.x)[0].data > 0.0) == (p.label > 0) for p in fresh) / len(fresh),
            )


def expressions(probe):
    """What `run` records once: three expressions by the engine, held against their derivatives by hand."""
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    ((a * b + c) * (a - c)).backward()
    found, by_hand_ = [a.grad, b.grad, c.grad], [4.0, -4.0, -12.0]
    probe.series("diamond", ["a", "b", "c"], found)
    x = Value(0.5)
    ((x * 3.0).tanh().exp() + 1.0).log().backward()
    t = math.tanh(1.5)
    slope = math.exp(t) / (1.0 + math.exp(t)) * (1.0 - t * t) * 3.0
    y = Value(3.0)
    (y * y).backward()
    return {
        "diamond_right": sum(math.isclose(f, h) for f, h in zip(found, by_hand_, strict=True)),
        "diamond_off": max(abs(f / h - 1.0) for f, h in zip(found, by_hand_, strict=True)),
        "chain_off": abs(x.grad / slope - 1.0),
        "twice": y.grad / 6.0,
    }


def by_hand(model, point):
    """The gradient of (out − label)² for one point, by matrices, in the order of `parameters()`."""
    weights = [np.array([[w.data for w in n.weights] for n in layer]) for layer in model.layers]
    biases = [np.array([n.bias.data for n in layer]) for layer in model.layers]
    signals = [np.array(point.x)]
    for w, b in zip(weights, biases, strict=True):
        z = w @ signals[-1] + b
        signals.append(z if w is weights[-1] else np.tanh(z))
    delta = 2.0 * (signals[-1] - point.label)
    parts = []
    for k in range(len(weights) - 1, -1, -1):
        parts.append(np.column_stack([np.outer(delta, signals[k]), delta]).ravel())
        if k:
            delta = (weights[k].T @ delta) * (1.0 - signals[k] ** 2)
    return np.concatenate(parts[::-1])
