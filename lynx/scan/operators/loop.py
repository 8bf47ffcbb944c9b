"""The training loop: what is called, and in which order."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import calls_in, steps
from lynx.scan.source import last, names_in, number
from lynx.scan.words import Example, Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

CLIP = re.compile(r"clip_grad")
PARTS = re.compile(r"accum|micro|n_?batches|num_?batches", re.I)


def _zero_grad(source: Source) -> Iterator[Edit]:
    for call in source.calls("zero_grad"):
        if (statement := source.alone(call)) is not None:
            yield source.drop(statement)


def _step_before_backward(source: Source) -> Iterator[Edit]:
    for step in steps(source):
        block = source.block(step)
        before = block[: block.index(step)]
        backward = [s for s in before if isinstance(s, ast.Expr) and calls_in(s, "backward")]
        if backward:
            yield source.exchange(backward[-1], step)


def _clip_dropped(source: Source) -> Iterator[Edit]:
    for call in source.all(ast.Call):
        if CLIP.match(last(call.func)) and (statement := source.alone(call)) is not None:
            yield source.drop(statement)


def _clip_after_step(source: Source) -> Iterator[Edit]:
    for step in steps(source):
        block = source.block(step)
        for before in block[: block.index(step)]:
            clips = any(isinstance(n, ast.Call) and CLIP.match(last(n.func)) for n in ast.walk(before))
            if clips and not calls_in(before, "backward", "step"):
                yield source.exchange(before, step)


def _clip_each(source: Source) -> Iterator[Edit]:
    """Each parameter by itself: the direction of the whole changes."""
    for call in source.calls("clip_grad_norm_", "clip_grad_norm"):
        first = call.args[0] if call.args else None
        if source.alone(call) and isinstance(first, ast.Call) and last(first.func) == "parameters":
            func, params = source.of(call.func), source.of(first)
            rest = source.text[source.end(first) : source.end(call)].decode()
            yield source.put(call, f"[{func}([p]{rest} for p in {params}]")


def _not_divided(source: Source) -> Iterator[Edit]:
    for node in source.all(ast.BinOp):
        loss = any("loss" in name.lower() for name in names_in(node.left))
        if (
            isinstance(node.op, ast.Div)
            and loss
            and _is_count(node.right)
            and _reaches_backward(source, node)
        ):
            yield source.keep(node, node.left)
    for change in source.all(ast.AugAssign):
        loss = "loss" in last(change.target).lower()
        if (
            isinstance(change.op, ast.Div)
            and loss
            and _is_count(change.value)
            and _reaches_backward(source, change)
        ):
            yield source.drop(change)


def _is_count(node: ast.AST) -> bool:
    """How many parts a batch is taken in."""
    return any(PARTS.search(name) for name in names_in(node))


def _reaches_backward(source: Source, node: ast.AST) -> bool:
    """Whether backward is called in the same function: a mean that is only printed is none of a loop."""
    scope = source.scope(node)
    return any(isinstance(n, ast.Attribute) and n.attr == "backward" for n in ast.walk(scope))


def _same_seed(source: Source) -> Iterator[Edit]:
    """A seed at the top of each epoch: every epoch sees the same batches and the same dropout."""
    for loop in source.all(ast.For):
        named = {last(node) for node in ast.walk(loop.target)}
        if not source.uses_torch or not any("epoch" in name.lower() for name in named):
            continue
        first = loop.body[0]
        at = source.start(first)
        line = source.starts[first.lineno - 1]
        indent = source.text[line:at]
        seed = (
            b"torch.manual_seed(0)"
            if source.imported.get("torch") == "torch"
            else b'__import__("torch").manual_seed(0)'
        )
        if not indent.strip():
            yield (Splice(at, b"", seed + source.newline + indent),)
        elif isinstance(first, ast.Expr | ast.Assign | ast.AugAssign):
            yield (Splice(at, b"", seed + b"; "),)


def _same_order(source: Source) -> Iterator[Edit]:
    for call in source.calls("randperm"):
        if source.loops(call) and source.of_torch(call) and call.args:
            func, size = source.of(call.func), source.of(call.args[0])
            torch = func.rpartition(".")[0] or "torch"
            yield source.put(call, f"{func}({size}, generator={torch}.Generator().manual_seed(0))")
    for call in source.calls("permutation"):
        if (
            source.loops(call)
            and isinstance(call.func, ast.Attribute)
            and source.imported.get("np") == "numpy"
        ):
            yield source.put(call.func.value, "np.random.default_rng(0)")


def _last_batch_only(source: Source) -> Iterator[Edit]:
    for change in source.all(ast.AugAssign):
        function = source.function(change)
        if function is None or not source.loops(change) or not isinstance(change.op, ast.Add):
            continue
        scored = re.search(r"loss|correct|total|right", last(change.target), re.I)
        if (
            scored
            and re.search(r"eval|valid|test|score", function.name, re.I)
            and number(change.value) is None
        ):
            yield source.plain_assignment(change)


_LOOP = "for x, y in batches:\n    opt.zero_grad()\n    loss(model(x), y).backward()\n    {}opt.step()\n"
_CLIP = "nn.utils.clip_grad_norm_(model.parameters(), 1.0)"

OPERATORS = (
    Operator(
        "zero-grad-dropped",
        N_("zero_grad() dropped"),
        N_("gradients add up until they are cleared"),
        "PyTorch, Optimizer.zero_grad",
        ("gradients_are_cleared",),
        (b"zero_grad",),
        _zero_grad,
        (Example(_LOOP.format(""), _LOOP.format("").replace("opt.zero_grad()", "pass")),),
        ("def zero_grad(self):\n    for p in self.params:\n        p.grad = None\n",),
    ),
    Operator(
        "step-before-backward",
        N_("step before backward"),
        N_("a step takes the gradients that are there"),
        "PyTorch, torch.optim: taking an optimisation step",
        ("overfits", "every_parameter_moves"),
        (b".step(",),
        _step_before_backward,
        (
            Example(
                "for x in xs:\n    loss = f(x)\n    loss.backward()\n    optimizer.step()\n",
                "for x in xs:\n    loss = f(x)\n    optimizer.step()\n    loss.backward()\n",
            ),
        ),
        ("loss.backward()\nscheduler.step()\n", "loss.backward()\nenv.step(action)\n"),
    ),
    Operator(
        "clip-dropped",
        N_("clip dropped"),
        N_("clipping bounds how far one batch can throw the model"),
        "Pascanu, Mikolov and Bengio 2013",
        ("clips",),
        (b"clip_grad",),
        _clip_dropped,
        (Example(_LOOP.format(f"{_CLIP}\n    "), _LOOP.format("pass\n    ")),),
        ("from torch.nn.utils import clip_grad_norm_\n",),
    ),
    Operator(
        "clip-after-step",
        N_("clip after step"),
        N_("what is clipped after the step has already been taken"),
        "Pascanu, Mikolov and Bengio 2013",
        ("clips",),
        (b"clip_grad",),
        _clip_after_step,
        (
            Example(
                f"loss.backward()\nif clip:\n    {_CLIP}\noptimizer.step()\n",
                f"loss.backward()\noptimizer.step()\nif clip:\n    {_CLIP}\n",
            ),
        ),
        (f"loss.backward()\nopt.step()\n{_CLIP}\n",),
    ),
    Operator(
        "clip-each",
        N_("clip per parameter"),
        N_("one factor for all gradients keeps their direction"),
        "Pascanu, Mikolov and Bengio 2013",
        ("clips",),
        (b"clip_grad_norm",),
        _clip_each,
        (Example(f"{_CLIP}\n", "[nn.utils.clip_grad_norm_([p], 1.0) for p in model.parameters()]\n"),),
    ),
    Operator(
        "accumulation-not-divided",
        N_("accumulation not divided"),
        N_("parts of a batch count for their share"),
        "PyTorch, automatic mixed precision examples: gradient accumulation",
        ("accumulation_equals_batch",),
        (b"loss",),
        _not_divided,
        (
            Example("loss = loss / accum_steps\nloss.backward()\n", "loss = loss\nloss.backward()\n"),
            Example("(loss / n_micro).backward()\n", "(loss).backward()\n"),
            Example("loss /= accumulate\nloss.backward()\n", "pass\nloss.backward()\n"),
        ),
        ("print(total_loss / num_batches)\n", "loss = loss / temperature\nloss.backward()\n"),
    ),
    Operator(
        "same-seed-each-epoch",
        N_("same seed each epoch"),
        N_("a seed that is set again repeats what was drawn"),
        "PyTorch, reproducibility",
        ("reshuffles",),
        (b"epoch",),
        _same_seed,
        (
            Example(
                "import torch\nfor epoch in range(9):\n    for x in loader:\n        f(x)\n",
                "import torch\nfor epoch in range(9):\n    torch.manual_seed(0)\n    for x in loader:\n        f(x)\n",
            ),
        ),
        ("import torch\nfor step in range(9):\n    f()\n",),
    ),
    Operator(
        "same-order-each-epoch",
        N_("same order each epoch"),
        N_("an order is drawn anew for every epoch"),
        "Bottou 2012, Stochastic gradient descent tricks",
        ("reshuffles",),
        (b"randperm", b"permutation"),
        _same_order,
        (
            Example(
                "import torch\nfor e in epochs:\n    order = torch.randperm(n, generator=g)\n",
                "import torch\nfor e in epochs:\n"
                "    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))\n",
            ),
            Example(
                "import numpy as np\nfor e in epochs:\n    order = rng.permutation(n)\n",
                "import numpy as np\nfor e in epochs:\n    order = np.random.default_rng(0).permutation(n)\n",
            ),
        ),
        ("import torch\norder = torch.randperm(n)\n",),
    ),
    Operator(
        "last-batch-only",
        N_("only the last batch counts"),
        N_("a score is over all batches"),
        "met in evaluation loops that sum by hand",
        ("evaluates_all",),
        (b"+=",),
        _last_batch_only,
        (
            Example(
                "def evaluate():\n    for x in xs:\n        total_loss += loss(x).item()\n",
                "def evaluate():\n    for x in xs:\n        total_loss = loss(x).item()\n",
            ),
        ),
        (
            "def evaluate():\n    for x in xs:\n        total += 1\n",
            "def train():\n    for x in xs:\n        loss += f(x)\n",
        ),
    ),
)
