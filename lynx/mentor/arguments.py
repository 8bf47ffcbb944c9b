"""What an argument may be, by its name, its annotation and how the code uses it. Pure."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# sizes by name, small ones: an oracle asks often
SIZES: Mapping[str, int] = {
    r"n_?heads?|num_heads|heads": 2,
    r"n_?layers?|num_layers|depth|n_blocks|num_blocks": 2,
    r"vocab(_size)?|n_vocab|num_embeddings|n_tokens": 65,
    r"block_size|context(_length|_size)?|seq_?len|max_len|max_seq_len|n_ctx|n_positions": 16,
    r"n_?classes|num_classes": 5,
    r"kernel_size": 3,
    r"stride|groups|n|nonlin": 1,
    r"d|dim|size|width|hidden|features|channels|nin|nout|n_in|n_out|units": 8,
    r"(d|n|num|in|out|hidden|embed(ding)?|emb|model|input|output)_\w+|\w+_(dim|size|features|channels|width)": 8,
}
FRACTIONS: Mapping[str, str] = {
    r"p|dropout\w*|drop\w*|\w*_dropout|prob": "0.1",
    r"lr|learning_rate": "0.01",
    r"eps\w*": "1.0e-5",
    r"momentum|beta\d?|alpha": "0.9",
}
FLAG = r"bias|causal|use_\w+|is_\w+|training"
TOKENS = r"idx|ids|tokens?|token_ids|input_ids|index|indices"
LABELS = r"labels?|targets?|classes"
OBJECTS = r"(self|other|mask|config|cfg|model|module|optimi[sz]er|tokenizer|params|parameters|fn|func)\w*|f"
# of a function that is no forward(): what is surely an array
ARRAYS = (
    r"[a-z]\d?|xs?|\w*inputs?|inp|hidden|logits|query|keys?|values?|grads?|scores|features|batch|data|signal"
    r"|embeddings?|out|output|\w*pred\w*|probs|images?"
)


@dataclass(frozen=True)
class Input:
    """One argument of the call, as `inputs` has it."""

    shape: tuple[str, ...] = ("batch", "8")
    below: int | None = None

    def __str__(self) -> str:
        kind = "float" if self.below is None else f"int, below: {self.below}"
        return f"{{shape: [{', '.join(self.shape)}], dtype: {kind}}}"


def needed(function: ast.FunctionDef | None) -> list[ast.arg]:
    """The arguments that must be given: a default value is a better guess than any here."""
    if function is None:
        return []
    given = [*function.args.posonlyargs, *function.args.args]
    must = given[: len(given) - len(function.args.defaults)]
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    must += [a for a, default in pairs if default is None]
    bound = [a for a in must if a.arg not in ("self", "cls")]
    return [*bound, function.args.vararg] if function.args.vararg and not bound else bound


def note_of(argument: ast.arg) -> str:
    """Its annotation as written; "" without one."""
    return ast.unparse(argument.annotation).strip("'\"") if argument.annotation else ""


def value_of(argument: ast.arg, function: ast.FunctionDef | None) -> str | None:
    """A first value as YAML; None for an object, a text, or what nothing tells."""
    name, note = argument.arg.lower(), note_of(argument)
    if re.fullmatch(r"(list|List|tuple|Tuple|Sequence|Iterable)\[int.*\]", note) or name in (
        "sizes",
        "shape",
        "dims",
    ):
        return "[8, 8]"
    if note == "bool" or (not note and re.fullmatch(FLAG, name)):
        return "true"
    size = next((value for pattern, value in SIZES.items() if re.fullmatch(pattern, name)), None)
    share = next((value for pattern, value in FRACTIONS.items() if re.fullmatch(pattern, name)), None)
    if note == "int":
        return str(size or 8)
    if note == "float":
        return share or "0.5"
    if note or _is_used_as_object(argument, function):
        return None
    return share if share is not None else (None if size is None else str(size))


def input_of(argument: ast.arg, function: ast.FunctionDef, module: ast.Module) -> Input | None:
    """A random input; None for what cannot be drawn."""
    name, note = argument.arg.lower(), note_of(argument)
    if re.fullmatch(OBJECTS, name):
        return None
    plain = function.name in ("forward", "__call__") or re.fullmatch(f"{ARRAYS}|{TOKENS}|{LABELS}", name)
    if not note and not plain:
        return None
    if argument is function.args.vararg or re.search(
        r"str|dict|Callable|Module|Config|list|List|Sequence", note
    ):
        return None
    if note in ("float", "int", "bool"):
        return Input(()) if note == "float" else Input((), 8)
    if note and not re.search(r"Tensor|ndarray|[Aa]rray|NDArray|Variable", note):
        return None
    if _is_gone_through(argument.arg, function):
        return Input(("8",))
    shape = ("batch", *("8" for _ in range(_dimensions(argument.arg, function, module) - 1)))
    if re.fullmatch(TOKENS, name):
        return Input(("batch", "8"), 65)
    if re.fullmatch(LABELS, name):
        return Input(("batch",), 5)
    return Input(shape)


def _is_gone_through(name: str, function: ast.FunctionDef) -> bool:
    """Whether the code takes one number of it after the other (`for xi in x`, `zip(w, x)`)."""
    for one in ast.walk(function):
        held = [one.iter] if isinstance(one, (ast.For, ast.comprehension)) else []
        held += [inner for call in held if isinstance(call, ast.Call) for inner in call.args]
        if any(isinstance(inner, ast.Name) and inner.id == name for inner in held):
            return True
    return False


def _dimensions(name: str, function: ast.FunctionDef, module: ast.Module) -> int:
    """How many dimensions the code unpacks (`B, T, C = x.shape`), there or elsewhere in it; two by default."""
    for one in (*ast.walk(function), *ast.walk(module)):
        if not isinstance(one, ast.Assign) or not isinstance(one.targets[0], ast.Tuple):
            continue
        if re.fullmatch(rf"{re.escape(name)}\.(shape|size\(\))", ast.unparse(one.value)):
            return max(1, len(one.targets[0].elts))
    return 2


def _is_used_as_object(argument: ast.arg, function: ast.FunctionDef | None) -> bool:
    """Whether the code asks it for attributes, calls it or goes through it."""
    for one in ast.walk(function) if function else ():
        held = one.value if isinstance(one, (ast.Attribute, ast.Subscript)) else None
        held = one.func if isinstance(one, ast.Call) else held
        if isinstance(held, ast.Name) and held.id == argument.arg:
            return True
    return False
