"""Rates, schedules, decay, and the optimiser's own arithmetic."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import OPTIMISERS
from lynx.scan.source import keyword, last, number
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

RATE = re.compile(r"^(lr|learning_rate|base_lr|max_lr|peak_lr|init_lr)$", re.I)


def _rates(source: Source) -> Iterator[ast.expr]:
    """Where a learning rate is written: an optimiser's argument, a number under its name, a default."""
    for call in source.calls(*OPTIMISERS):
        given = keyword(call, "lr", "learning_rate")
        if given is not None:
            yield given.value
        elif len(call.args) > 1:
            yield call.args[1]
    for assign in source.all(ast.Assign):
        if len(assign.targets) == 1 and RATE.match(last(assign.targets[0])) and number(assign.value):
            yield assign.value
    for noted in source.all(ast.AnnAssign):
        if RATE.match(last(noted.target)) and noted.value is not None and number(noted.value):
            yield noted.value
    for function in source.all(ast.FunctionDef):
        given_args = [*function.args.posonlyargs, *function.args.args]
        pairs = [
            *zip(reversed(given_args), reversed(function.args.defaults), strict=False),
            *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True),
        ]
        for argument, default in pairs:
            if default is not None and RATE.match(argument.arg) and number(default):
                yield default


def _rate_up(source: Source) -> Iterator[Edit]:
    for rate in _rates(source):
        yield source.put(rate, f"{source.inner(rate)} * 10")


def _rate_down(source: Source) -> Iterator[Edit]:
    for rate in _rates(source):
        yield source.put(rate, f"{source.inner(rate)} / 10")


def _schedule(source: Source) -> Iterator[Edit]:
    made = {
        last(target)
        for assign in source.all(ast.Assign)
        if isinstance(assign.value, ast.Call) and "lr_scheduler" in source.dotted(assign.value.func)
        for target in assign.targets
    }
    for call in source.calls("step"):
        owner = last(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if owner and ("sched" in owner.lower() or owner in made) and (statement := source.alone(call)):
            yield source.drop(statement)
    for assign in source.all(ast.Assign):
        target = assign.targets[0]
        named = target.slice if isinstance(target, ast.Subscript) else None
        if isinstance(named, ast.Constant) and named.value == "lr" and source.loops(assign):
            yield source.drop(assign)


def _decay_on_all(source: Source) -> Iterator[Edit]:
    """The decay of one parameter group in the place of another group's zero."""
    for several in source.all(ast.List):
        groups = [item for item in several.elts if isinstance(item, ast.Dict)]
        decays = [value for group in groups if (value := _item(group, "weight_decay")) is not None]
        full = [value for value in decays if number(value) != 0.0]
        for value in decays:
            if number(value) == 0.0 and full:
                yield source.put(value, source.of(full[0]))


def _item(group: ast.Dict, name: str) -> ast.expr | None:
    for key, value in zip(group.keys, group.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == name:
            return value
    return None


def _decay_coupled(source: Source) -> Iterator[Edit]:
    for call in source.calls("AdamW"):
        func = call.func
        if source.of_torch(call) and isinstance(func, ast.Attribute) and keyword(call, "weight_decay"):
            yield source.put(func, f"{source.of(func.value)}.Adam")


def _momentum(source: Source) -> Iterator[Edit]:
    for call in source.calls("SGD", "SGDW"):
        given = keyword(call, "momentum")
        if given is not None and number(given.value) != 0.0:
            yield source.put(given.value, "0.0")


def _part_of_parameters(source: Source) -> Iterator[Edit]:
    for call in source.calls(*OPTIMISERS):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Call) and last(first.func) == "parameters" and not first.args:
            yield source.put(first, f"list({source.of(first)})[:-1]")


def _state_not_restored(source: Source) -> Iterator[Edit]:
    for call in source.calls("load_state_dict"):
        owner = last(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if re.search(r"opt|sched|scaler", owner, re.I) and (statement := source.alone(call)):
            yield source.drop(statement)


def _bias_correction(source: Source) -> Iterator[Edit]:
    """`1 - beta ** t`, with a `t` that counts: not the slope of tanh, `1 - t ** 2`."""
    for node in source.all(ast.BinOp):
        power = node.right
        from_one = isinstance(node.op, ast.Sub) and number(node.left) == 1.0
        if (
            from_one
            and isinstance(power, ast.BinOp)
            and isinstance(power.op, ast.Pow)
            and number(power.right) is None
        ):
            yield source.put(node, "1.0")


OPERATORS = (
    Operator(
        "rate-times-ten",
        N_("rate × 10"),
        N_("the step size decides whether a model learns"),
        "Bengio 2012, Practical recommendations",
        ("scale_of_first_step", "rate_follows"),
        (b"lr", b"learning_rate", b"LR", b"optim", b"SGD", b"Adam"),
        _rate_up,
        (
            Example("o = torch.optim.SGD(ps, lr=1e-2)\n", "o = torch.optim.SGD(ps, lr=1e-2 * 10)\n"),
            Example("learning_rate = 6e-4  # nn\n", "learning_rate = 6e-4 * 10  # nn\n"),
            Example(
                "def train(model, *, lr: float = 1e-3): pass\n",
                "def train(model, *, lr: float = 1e-3 * 10): pass\n",
            ),
            Example("o = Adam(ps, base)\n", "o = Adam(ps, base * 10)\n"),
        ),
        ("color = 3\n",),
    ),
    Operator(
        "rate-divided-by-ten",
        N_("rate ÷ 10"),
        N_("a small step learns the same, later"),
        "Bengio 2012, Practical recommendations",
        ("scale_of_first_step", "rate_follows"),
        (b"lr", b"learning_rate", b"LR", b"optim", b"SGD", b"Adam"),
        _rate_down,
        (Example("o = AdamW(ps, lr=rate or 1)\n", "o = AdamW(ps, lr=(rate or 1) / 10)\n"),),
    ),
    Operator(
        "schedule-never-steps",
        N_("scheduler never steps"),
        N_("a schedule moves only when it is told to"),
        "PyTorch, torch.optim: how to adjust learning rate",
        ("rate_follows",),
        (b"sched", b"lr"),
        _schedule,
        (
            Example("for x in xs:\n    scheduler.step()\n", "for x in xs:\n    pass\n"),
            Example(
                "for x in xs:\n    for group in opt.param_groups:\n        group['lr'] = lr\n",
                "for x in xs:\n    for group in opt.param_groups:\n        pass\n",
            ),
        ),
        ("optimizer.step()\n",),
    ),
    Operator(
        "decay-on-everything",
        N_("decay on everything"),
        N_("norms and biases are not decayed"),
        "nanoGPT, configure_optimizers",
        ("decays_only",),
        (b"weight_decay",),
        _decay_on_all,
        (
            Example(
                'g = [{"params": a, "weight_decay": wd}, {"params": b, "weight_decay": 0.0}]\n',
                'g = [{"params": a, "weight_decay": wd}, {"params": b, "weight_decay": wd}]\n',
            ),
        ),
        ('g = [{"params": a, "weight_decay": 0.0}]\n',),
    ),
    Operator(
        "decay-through-gradient",
        N_("decay through the gradient"),
        N_("Adam divides a decay in the gradient by that gradient's own size"),
        "Loshchilov and Hutter 2019",
        ("decays_only",),
        (b"AdamW",),
        _decay_coupled,
        (
            Example(
                "import torch\no = torch.optim.AdamW(ps, lr=r, weight_decay=0.1)\n",
                "import torch\no = torch.optim.Adam(ps, lr=r, weight_decay=0.1)\n",
            ),
        ),
        ("import torch\no = torch.optim.AdamW(ps, lr=r)\n",),
    ),
    Operator(
        "momentum-dropped",
        N_("momentum dropped"),
        N_("momentum m makes a step 1/(1 − m) times longer in the end"),
        "Polyak 1964",
        ("matches_reference",),
        (b"momentum",),
        _momentum,
        (Example("o = SGD(ps, lr=r, momentum=0.9)\n", "o = SGD(ps, lr=r, momentum=0.0)\n"),),
        ("n = nn.BatchNorm1d(d, momentum=0.1)\n",),
    ),
    Operator(
        "part-of-parameters",
        N_("a parameter left out of the optimiser"),
        N_("only what the optimiser was given moves"),
        "PyTorch, torch.optim: constructing it",
        ("every_parameter_moves",),
        (b".parameters()",),
        _part_of_parameters,
        (Example("o = SGD(m.parameters(), lr=r)\n", "o = SGD(list(m.parameters())[:-1], lr=r)\n"),),
        ("n = sum(p.numel() for p in m.parameters())\n",),
    ),
    Operator(
        "optimiser-not-restored",
        N_("optimiser's state not restored"),
        N_("an optimiser remembers: without its moments a resumed run jumps"),
        "PyTorch, saving and loading a general checkpoint",
        ("restores",),
        (b"load_state_dict",),
        _state_not_restored,
        (Example("optimizer.load_state_dict(saved['o'])\nloss()\n", "pass\nloss()\n"),),
        ("model.load_state_dict(saved)\n",),
    ),
    Operator(
        "bias-correction-dropped",
        N_("bias correction dropped"),
        N_("moments begin at zero, and are too small at first"),
        "Kingma and Ba 2015, 3",
        ("scale_of_first_step", "matches_reference"),
        (b"**",),
        _bias_correction,
        (
            Example("v_hat = v / (1 - b2**t)  # grad\n", "v_hat = v / (1.0)  # grad\n"),
            Example("c = 1 - beta1 ** step  # grad\n", "c = 1.0  # grad\n"),
        ),
        ("slope = 1 - t**2  # grad\n",),
    ),
)
