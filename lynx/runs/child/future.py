"""Whether a sequence model sees what it should predict: one character is changed, and what comes before is compared.

Two passes over the same shapes: where no place looks ahead, the numbers of the earlier ones come out the same to the
last bit, however training has gone, and no threshold is needed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lynx.runs.child.adapters import Array, Call
    from lynx.runs.child.moment import Watched


def future_dependence(watched: Watched) -> int | None:
    """How many places before the last change when the last character of every text of this step's batch does.

    Asked of the model's own call, in the mode that it is in and with the same random numbers, twice; nothing of it
    stays. None where the model was not heard, or its first argument is no array of integers (texts, length) with two
    characters in it, or what it puts out (the first of several, or `logits`) has not the shape (texts, length, …).
    """
    if watched.call is None:
        return None
    codes = _integers(_given(watched.call))
    if codes is None or _by_place(watched, watched.call[3], codes) is None:
        return None
    changed = codes.copy()
    changed[:, -1] = np.where(codes[:, -1] == codes.max(), codes.min(), codes.max())
    heard, watched.listening = watched.listening, False
    try:
        before, after = (_told(watched, text) for text in (codes, changed))
    finally:
        watched.listening = heard
    if before is None or after is None:
        return None
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    return int((~same.all(axis=(0, 2)))[:-1].sum())


def _given(call: Call) -> Any:
    _, args, keywords, _ = call
    return next(iter((*args, *keywords.values())), None)


def _integers(given: Any) -> Array | None:
    """The codes of a batch of texts, if that is what a model was given."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(given, torch.Tensor):
        given = given.detach().cpu().numpy() if given.dtype in (torch.int32, torch.int64) else None
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "iu" or given.ndim != 2:
        return None
    return given if given.shape[1] > 1 and given.min() < given.max() else None


def _told(watched: Watched, codes: Array) -> Array | None:
    """What the model says of these texts in place of the step's own, (texts, length, numbers)."""
    model, args, keywords, _ = watched.call
    given = _given(watched.call)
    if not isinstance(given, np.ndarray):
        codes = sys.modules["torch"].from_numpy(codes.copy()).to(given.device)
    if args:
        args = (codes, *args[1:])
    else:
        keywords = {**keywords, next(iter(keywords)): codes}
    with watched.adapter.untouched(), np.errstate(all="ignore"):
        return _by_place(watched, model(*args, **keywords), _integers(codes))


def _by_place(watched: Watched, out: Any, codes: Array | None) -> Array | None:
    out = out[0] if isinstance(out, (tuple, list)) and out else getattr(out, "logits", out)
    found = np.array(watched.adapter.tensors.value(out))
    if codes is None or found.ndim < 3 or found.shape[:2] != codes.shape:
        return None
    return found.reshape(*codes.shape, -1)
