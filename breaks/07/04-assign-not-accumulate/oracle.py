"""Random expressions in which values are used more than once, differentiated."""

from minigrad import Value


def make(rng):
    """A call that grows an expression from leaves, goes back through it, and returns every leaf's gradient."""
    n = int(rng.integers(2, 6))
    leaves = [float(x) for x in rng.normal(size=n)]
    plan = [(str(rng.choice(OPERATIONS)), int(rng.integers(1 << 30)), int(rng.integers(1 << 30))) for _ in range(12)]
    passes = int(rng.integers(1, 3))

    def differentiate():
        values = [Value(x) for x in leaves]
        made = list(values)
        for name, i, j in plan:
            made.append(APPLY[name](made[i % len(made)], made[j % len(made)]))
        root = sum(made[1:], made[0])
        for _ in range(passes):
            root.backward()
        return [root.data, *(v.grad for v in values)]

    return differentiate, ()


APPLY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1.0),
    "square": lambda a, _: a**2,
    "tanh": lambda a, _: a.tanh() + a,
    "relu": lambda a, _: a.relu() * a,
    "exp": lambda a, _: a.tanh().exp() + a.tanh(),
    "log": lambda a, _: (a * a + 1.0).log() + a,
    "itself": lambda a, _: a * a.tanh(),
}
OPERATIONS = tuple(APPLY)
