"""Attention: who sees whom, and how the scores become weights."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import axis, is_minus_infinity
from lynx.scan.source import keyword, last, names_in, number
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

SCORES = re.compile(
    r"^(att(n|ention)?(_?\w+)?|scores?|wei|weights|sim|dots|energy|logits|affinit\w+|w)$", re.I
)
POSITIONS = re.compile(r"(^|_)(pos|position|positional|positions|wpe|places?)(_|$)|pos_?emb|posenc", re.I)


def _softmax_axis(source: Source) -> Iterator[Edit]:
    for call in source.calls("softmax", "log_softmax"):
        given = axis(source, call, 1)
        here = number(given) if given is not None else None
        if given is not None and here is not None:
            yield source.put(given, "-2" if here in {-1.0, 3.0, 2.0} else "0" if here == 1.0 else "-1")


def _scale_dropped(source: Source) -> Iterator[Edit]:
    for node in source.all(ast.BinOp):
        if not isinstance(node.op, ast.Div | ast.Mult):
            continue
        if _is_scores(node.left) and _is_scale(node.right):
            yield source.keep(node, node.left)
        elif isinstance(node.op, ast.Mult) and _is_scores(node.right) and _is_scale(node.left):
            yield source.keep(node, node.right)
    for change in source.all(ast.AugAssign):
        if (
            isinstance(change.op, ast.Div | ast.Mult)
            and _is_scores(change.target)
            and _is_scale(change.value)
        ):
            yield source.drop(change)
    for call in source.calls("scaled_dot_product_attention"):
        if keyword(call, "scale") is None:
            yield source.argument(call, "scale=1.0")


def _is_scores(node: ast.AST) -> bool:
    """Products of queries and keys: a matrix product, or something named as scores are."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    if isinstance(node, ast.Call):
        return last(node.func) in {"matmul", "bmm", "einsum", "masked_fill", "baddbmm"}
    return bool(SCORES.match(last(node)))


def _is_scale(node: ast.AST) -> bool:
    """A square root of a width: `sqrt(d)`, `d ** -0.5`, `self.scale`, 1 / one of these."""
    if any("sqrt" in name or name in {"scale", "scaling", "inv_scale"} for name in names_in(node)):
        return True
    return any(
        isinstance(each, ast.BinOp) and isinstance(each.op, ast.Pow) and abs(number(each.right) or 0.0) == 0.5
        for each in ast.walk(node)
    )


def _mask_off_by_one(source: Source) -> Iterator[Edit]:
    """One place further than the triangle that is there: `diagonal` of torch, `k` of NumPy."""
    for call in source.calls("tril", "triu"):
        name = "k" if source.dotted(call.func).startswith("numpy.") else "diagonal"
        given = keyword(call, name)
        function = source.dotted(call.func).startswith(("torch.", "numpy."))
        rest = call.args[1:] if function else call.args
        place = given.value if given else rest[0] if rest else None
        if place is None:
            yield source.argument(call, f"{name}=1")
        elif (here := number(place)) is not None:
            yield source.put(place, str(int(here) + 1))


def _fills(source: Source) -> Iterator[tuple[ast.Call, ast.expr, ast.expr | None]]:
    """(the call, the value that is filled in, what it is filled into)."""
    for call in source.calls("masked_fill", "masked_fill_"):
        value = keyword(call, "value")
        filled = value.value if value else call.args[-1] if len(call.args) > 1 else None
        if filled is not None and is_minus_infinity(filled) and isinstance(call.func, ast.Attribute):
            yield call, filled, call.func.value
    for call in source.calls("where"):
        if len(call.args) == 3:
            for filled, other in ((call.args[1], call.args[2]), (call.args[2], call.args[1])):
                if is_minus_infinity(filled):
                    yield call, filled, other


def _mask_zero(source: Source) -> Iterator[Edit]:
    for _, filled, _ in _fills(source):
        yield source.put(filled, "0.0")


def _mask_dropped(source: Source) -> Iterator[Edit]:
    for call, _, into in _fills(source):
        if (statement := source.alone(call)) is not None:
            yield source.drop(statement)
        elif into is not None:
            yield source.keep(call, into)
    for call in source.all(ast.Call):
        causal, mask = keyword(call, "is_causal"), keyword(call, "attn_mask")
        if causal is not None and not (
            isinstance(causal.value, ast.Constant) and causal.value.value is False
        ):
            yield source.put(causal.value, "False")
        if mask is not None and not (isinstance(mask.value, ast.Constant) and mask.value.value is None):
            yield source.put(mask.value, "None")


def _turns(node: ast.AST) -> bool:
    """`….transpose(1, 2)`."""
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or node.func.attr != "transpose"
    ):
        return False
    return sorted(number(arg) or 0.0 for arg in node.args) == [1.0, 2.0]


def _heads_split(source: Source) -> Iterator[Edit]:
    """`y.view(b, t, h, d).transpose(1, 2)` as `y.view(b, h, t, d)`: the right shape, and mixed places."""
    for call in source.calls("transpose"):
        made = call.func.value if isinstance(call.func, ast.Attribute) else None
        if (
            _turns(call)
            and isinstance(made, ast.Call)
            and last(made.func) in {"view", "reshape"}
            and len(made.args) == 4
        ):
            b, t, h, d = map(source.of, made.args)
            yield source.put(call, f"{source.of(made.func)}({b}, {h}, {t}, {d})")


def _heads_merged(source: Source) -> Iterator[Edit]:
    for call in source.calls("view", "reshape"):
        inner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if (
            isinstance(inner, ast.Call)
            and last(inner.func) == "contiguous"
            and isinstance(inner.func, ast.Attribute)
        ):
            inner = inner.func.value
        if (
            inner is not None
            and _turns(inner)
            and isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
        ):
            # `reshape`, for what it is called on need not lie in one piece
            rest = source.text[source.end(call.func) : source.end(call)].decode()
            yield source.put(call, f"{source.inner(inner.func.value)}.reshape{rest}")


def _positions_dropped(source: Source) -> Iterator[Edit]:
    for node in source.all(ast.BinOp):
        if (
            not isinstance(node.op, ast.Add)
            or number(node.left) is not None
            or number(node.right) is not None
        ):
            continue
        of = [any(POSITIONS.search(name) for name in _called(side)) for side in (node.left, node.right)]
        if of == [False, True]:
            yield source.keep(node, node.left)
        elif of == [True, False]:
            yield source.keep(node, node.right)
    for change in source.all(ast.AugAssign):
        if isinstance(change.op, ast.Add) and any(POSITIONS.search(name) for name in _called(change.value)):
            yield source.drop(change)


def _called(node: ast.AST) -> set[str]:
    """What an operand is called: the name of what is called or indexed, if it is an embedding of places."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    name = last(node)
    # `pos_emb` and `wpe` are vectors; `pos` alone is a place, an integer
    return {name} if re.search(r"emb|enc|wpe", name, re.I) else set()


_SPLIT = "import torch\nq = self.q(x).view({}).{}\n"

OPERATORS = (
    Operator(
        "softmax-axis",
        N_("softmax over the wrong axis"),
        N_("weights sum to one over what is chosen between"),
        "Vaswani et al. 2017, 3.2",
        ("no_future", "matches_reference"),
        (b"softmax",),
        _softmax_axis,
        (
            Example("import torch\np = s.softmax(dim=-1) @ v\n", "import torch\np = s.softmax(dim=-2) @ v\n"),
            Example(
                "import torch.nn.functional as F\np = F.softmax(z, 1)\n",
                "import torch.nn.functional as F\np = F.softmax(z, 0)\n",
            ),
        ),
        ("import torch\np = s.softmax(dim=d)\n",),
    ),
    Operator(
        "scale-dropped",
        N_("scale dropped"),
        N_("products of d numbers grow with √d, and softmax saturates"),
        "Vaswani et al. 2017, 3.2.1",
        ("matches_reference",),
        (b"sqrt", b"scale", b"0.5", b"scaled_dot"),
        _scale_dropped,
        (
            Example(
                "import torch\ns = q @ k.transpose(-2, -1) / math.sqrt(d // h)\n",
                "import torch\ns = q @ k.transpose(-2, -1)\n",
            ),
            Example(
                "import torch\ns = (q @ k.T) * (1.0 / math.sqrt(k.size(-1)))\n",
                "import torch\ns = q @ k.T\n",
            ),
            Example("import torch\nwei = q @ k.T * C**-0.5\n", "import torch\nwei = q @ k.T\n"),
            Example("import torch\nscores /= self.scale\n", "import torch\npass\n"),
            Example(
                "import torch\ny = scaled_dot_product_attention(q, k, v)\n",
                "import torch\ny = scaled_dot_product_attention(q, k, v, scale=1.0)\n",
            ),
        ),
        ("import torch\nx = x / math.sqrt(n)\n", "import torch\nx = a @ b / n\n"),
    ),
    Operator(
        "mask-off-by-one",
        N_("mask off by one"),
        N_("a place may see itself and what came before, and nothing else"),
        "Vaswani et al. 2017, 3.1",
        ("no_future",),
        (b"tril", b"triu"),
        _mask_off_by_one,
        (
            Example(
                "import torch\nm = torch.tril(torch.ones(n, n))\n",
                "import torch\nm = torch.tril(torch.ones(n, n), diagonal=1)\n",
            ),
            Example(
                "import torch\nm = torch.triu(x, diagonal=1)\n",
                "import torch\nm = torch.triu(x, diagonal=2)\n",
            ),
            Example("import torch\nm = x.triu(1)\n", "import torch\nm = x.triu(2)\n"),
            Example(
                "import numpy as np\nm = np.tril(np.ones((n, n)))\n",
                "import numpy as np\nm = np.tril(np.ones((n, n)), k=1)\n",
            ),
        ),
    ),
    Operator(
        "mask-zero",
        N_("mask 0 for −inf"),
        N_("a score of 0 is a weight of e⁰, not of nothing"),
        "Vaswani et al. 2017, 3.2.3",
        ("no_future",),
        (b"masked_fill", b"where"),
        _mask_zero,
        (
            Example(
                'import torch\ns = s.masked_fill(m == 0, float("-inf"))\n',
                "import torch\ns = s.masked_fill(m == 0, 0.0)\n",
            ),
            Example(
                "import torch\ns.masked_fill_(m, -torch.inf)\n", "import torch\ns.masked_fill_(m, 0.0)\n"
            ),
            Example(
                "import torch\ns = torch.where(m, s, -1e9)\n", "import torch\ns = torch.where(m, s, 0.0)\n"
            ),
        ),
        ("import torch\ns = s.masked_fill(m, 0.0)\n", "import torch\ns = torch.where(m, a, b)\n"),
    ),
    Operator(
        "mask-dropped",
        N_("mask dropped"),
        N_("a place may see itself and what came before, and nothing else"),
        "Vaswani et al. 2017, 3.2.3",
        ("no_future",),
        (b"masked_fill", b"where", b"is_causal", b"attn_mask"),
        _mask_dropped,
        (
            Example(
                'import torch\ns = s.masked_fill(m, float("-inf")).softmax(-1)\n',
                "import torch\ns = s.softmax(-1)\n",
            ),
            Example("import torch\ns.masked_fill_(m, -torch.inf)\n", "import torch\npass\n"),
            Example(
                "import torch\ny = sdpa(q, k, v, is_causal=True)\n",
                "import torch\ny = sdpa(q, k, v, is_causal=False)\n",
            ),
            Example(
                "import torch\ny = mha(q, k, v, attn_mask=m)\n",
                "import torch\ny = mha(q, k, v, attn_mask=None)\n",
            ),
        ),
        ("import torch\ny = sdpa(q, k, v, is_causal=False)\n",),
    ),
    Operator(
        "heads-split-by-view",
        N_("heads split by view"),
        N_("a view keeps the order in memory, and a transpose changes it"),
        "nanoGPT, CausalSelfAttention",
        ("no_future", "matches_reference"),
        (b".transpose(1, 2)", b".transpose(2, 1)"),
        _heads_split,
        (
            Example(
                _SPLIT.format("B, T, h, d // h", "transpose(1, 2)"),
                "import torch\nq = self.q(x).view(B, h, T, d // h)\n",
            ),
        ),
        ("import torch\nq = x.view(b, c, n).transpose(1, 2)\n",),
    ),
    Operator(
        "heads-merged-by-view",
        N_("heads merged by view"),
        N_("a view keeps the order in memory, and a transpose changes it"),
        "nanoGPT, CausalSelfAttention",
        ("no_future", "matches_reference"),
        (b".transpose(1, 2)", b".transpose(2, 1)"),
        _heads_merged,
        (
            Example(
                "import torch\ny = y.transpose(1, 2).contiguous().view(B, T, C)\n",
                "import torch\ny = y.reshape(B, T, C)\n",
            ),
            Example(
                "import torch\ny = m.transpose(1, 2).reshape(b, t, w)\n",
                "import torch\ny = m.reshape(b, t, w)\n",
            ),
        ),
    ),
    Operator(
        "positions-dropped",
        N_("positions dropped"),
        N_("attention by itself knows no order"),
        "Vaswani et al. 2017, 3.5",
        ("knows_order",),
        (b"pos", b"wpe"),
        _positions_dropped,
        (
            Example(
                "import torch\nx = self.tok_emb(i) + self.pos_emb(p)\n", "import torch\nx = self.tok_emb(i)\n"
            ),
            Example(
                "import torch\nx = drop(pos_embedding[:n] + tokens)\n", "import torch\nx = drop(tokens)\n"
            ),
        ),
        ("import torch\nnext = pos + width\n",),
    ),
)
