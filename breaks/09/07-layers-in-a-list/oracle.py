"""Networks of several sizes: the logits, and the gradient at every parameter that the network names."""

from minimodel.deep_mlp import DeepMLP
from minitorch import Tensor


def make(rng):
    """A network of up to five blocks, none among them, on a random batch."""
    d_in, classes, width = (int(n) for n in rng.integers(1, 8, 3))
    model = DeepMLP(d_in, classes, depth=int(rng.integers(0, 6)), width=width)
    x = rng.standard_normal((int(rng.integers(1, 9)), d_in))
    return model, (Tensor(x, requires_grad=True),)
