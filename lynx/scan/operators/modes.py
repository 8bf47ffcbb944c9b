"""Training and evaluation: modes, dropout, and whether a graph is recorded."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import MODEL, in_forward
from lynx.scan.source import keyword, last
from lynx.scan.words import Example, Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

OFF = ("no_grad", "inference_mode")


def _eval(source: Source) -> Iterator[Edit]:
    for call in source.calls("eval"):
        plain = isinstance(call.func, ast.Attribute) and not call.args and not call.keywords
        if plain and (edit := source.dropped(call)):
            yield edit


def _train(source: Source) -> Iterator[Edit]:
    """Only of what is a model by its name, or is put into evaluation elsewhere in the file."""
    evaluated = {
        source.of(call.func.value)
        for call in source.calls("eval")
        if isinstance(call.func, ast.Attribute) and not call.args
    }
    for call in source.calls("train"):
        if (
            not isinstance(call.func, ast.Attribute)
            or call.keywords
            or any(source.of(arg) != "True" for arg in call.args)
        ):
            continue
        owner = call.func.value
        known = source.of(owner) in evaluated or (MODEL.search(last(owner)) and last(owner) != "self")
        if known and (statement := source.alone(call)) is not None:
            yield source.drop(statement)


def _no_grad(source: Source) -> Iterator[Edit]:
    for block in source.all(ast.With):
        for item in block.items:
            made = item.context_expr
            if isinstance(made, ast.Call) and last(made.func) in OFF and len(block.items) == 1:
                start, end = source.start(block), source.end(made)
                while source.text[end : end + 1] not in {b":", b""}:
                    end += 1
                yield (Splice(start, source.text[start:end], b"if True"),)
    decorators = [each for function in source.all(ast.FunctionDef) for each in function.decorator_list]
    for decorator in decorators:
        name = decorator.func if isinstance(decorator, ast.Call) else decorator
        if last(name) in OFF:
            yield source.put(decorator, "(lambda f: f)")


def _dropouts(source: Source) -> Iterator[ast.expr]:
    """Each probability that a dropout is given."""
    for call in source.calls("Dropout", "Dropout1d", "Dropout2d", "dropout"):
        given = keyword(call, "p", "rate")
        if given is not None:
            yield given.value
        elif last(call.func) != "dropout" and call.args:
            yield call.args[0]
        elif last(call.func) == "dropout" and len(call.args) > 1:
            yield call.args[1]


def _dropout_turned(source: Source) -> Iterator[Edit]:
    for p in _dropouts(source):
        yield source.put(p, f"1 - {source.inner(p)}")


def _dropout_always(source: Source) -> Iterator[Edit]:
    for call in source.calls("dropout", "scaled_dot_product_attention"):
        if (given := keyword(call, "training")) is not None:
            yield source.put(given.value, "True")
        given = keyword(call, "dropout_p")
        if given is not None and isinstance(given.value, ast.IfExp) and last(given.value.test) == "training":
            yield source.keep(given.value, given.value.body)


def _dropout_dropped(source: Source) -> Iterator[Edit]:
    for call in source.all(ast.Call):
        name = last(call.func).lower()
        held = isinstance(call.func, ast.Attribute) and last(call.func.value) == "self"
        if (
            held
            and ("dropout" in name or name.endswith("drop"))
            and len(call.args) == 1
            and in_forward(source, call)
        ):
            yield source.keep(call, call.args[0])


OPERATORS = (
    Operator(
        "eval-dropped",
        N_("eval() dropped"),
        N_("dropout and batch norm behave otherwise in training"),
        "PyTorch, Module.eval",
        ("scores_in_eval",),
        (b".eval()",),
        _eval,
        (
            Example("model.eval()\nscore(model)\n", "pass\nscore(model)\n"),
            Example("net = Net().to(device).eval()\n", "net = Net().to(device)\n"),
        ),
        ("frame.eval('a + b')\n", "eval(text)\n"),
    ),
    Operator(
        "train-dropped",
        N_("train() dropped"),
        N_("a model stays in evaluation until it is told otherwise"),
        "PyTorch, Module.train",
        ("scores_in_eval",),
        (b".train(",),
        _train,
        (
            Example("model.eval()\nscore()\nmodel.train()\n", "model.eval()\nscore()\npass\n"),
            Example("lm.eval()\nscore()\nlm.train(True)\n", "lm.eval()\nscore()\npass\n"),
        ),
        ("trainer.train()\n", "self.train(mode)\n", "model.train(mode)\n"),
    ),
    Operator(
        "no-grad-dropped",
        N_("no_grad dropped"),
        N_("what is only measured needs no graph"),
        "PyTorch, locally disabling gradient computation",
        ("records_no_graph",),
        (b"no_grad", b"inference_mode"),
        _no_grad,
        (
            Example("with torch.no_grad():\n    y = f(x)\n", "if True:\n    y = f(x)\n"),
            Example(
                "@torch.no_grad()\ndef f(x):\n    return x\n", "@(lambda f: f)\ndef f(x):\n    return x\n"
            ),
            Example("with no_grad() :  # x\n    f()\n", "if True:  # x\n    f()\n"),
        ),
        ("class no_grad:\n    pass\n",),
    ),
    Operator(
        "dropout-turned",
        N_("dropout p → 1 − p"),
        N_("p is the share that is dropped, in some libraries the share that is kept"),
        "TensorFlow 1, tf.nn.dropout(keep_prob) against PyTorch, nn.Dropout(p)",
        ("dropout_drops",),
        (b"ropout",),
        _dropout_turned,
        (
            Example("d = nn.Dropout(0.1)\n", "d = nn.Dropout(1 - 0.1)\n"),
            Example("y = F.dropout(x, p=rate, training=t)\n", "y = F.dropout(x, p=1 - rate, training=t)\n"),
        ),
        ("y = self.dropout(x)\n", "d = nn.Dropout()\n"),
    ),
    Operator(
        "dropout-in-evaluation",
        N_("dropout in evaluation"),
        N_("evaluation is the same each time"),
        "PyTorch, functional.dropout(training=True)",
        ("same_in_eval",),
        (b"dropout",),
        _dropout_always,
        (
            Example("y = F.dropout(x, p, training=self.training)\n", "y = F.dropout(x, p, training=True)\n"),
            Example(
                "y = scaled_dot_product_attention(q, k, v, dropout_p=self.p if self.training else 0)\n",
                "y = scaled_dot_product_attention(q, k, v, dropout_p=self.p)\n",
            ),
        ),
    ),
    Operator(
        "dropout-dropped",
        N_("dropout dropped"),
        N_("a layer that is made and never called does nothing"),
        "Srivastava et al. 2014",
        ("train_and_eval_differ",),
        (b"drop",),
        _dropout_dropped,
        (
            Example(
                "class A:\n    def forward(self, x):\n        return self.dropout(self.fc(x))\n",
                "class A:\n    def forward(self, x):\n        return self.fc(x)\n",
            ),
        ),
        ("class A:\n    def forward(self, x):\n        return self.backdrop_of(x)\n",),
    ),
)
