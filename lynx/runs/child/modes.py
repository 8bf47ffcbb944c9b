"""What a scan asks of a program besides its series: in which mode its models are called, and seeds that it sets itself.

Two facts, each exact: a model with dropout or batch statistics that is asked for an answer (without gradients) while
it trains, and one that is trained while it evaluates.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lynx.runs.child.hooks import Hooks
    from lynx.runs.child.probe import Probe

INSTRUMENTS = ("param_grad_norm", "weight_change", "future_dependence")  # what tells an invariant
ASKED, TRAINED = "asked_in_training", "trained_in_evaluation"
FAR = 7919  # a prime between one seed's numbers and the next's: programs count upwards from theirs


class Modes:
    """How often a model was called in a mode that is not the one for it."""

    def __init__(self, hooks: Hooks, probe: Probe) -> None:
        self.asked = self.trained = 0
        self._evaluates = False  # the last call whose gradients are kept was made in evaluation
        self._probe = probe
        self._minds: dict[int, list[Any]] = {}
        around = hooks.around_outermost

        def called(module: Any, records: bool) -> None:
            around(module, records)
            self._heard(module, records)

        hooks.around_outermost = called  # type: ignore[method-assign]
        before = hooks._before

        def going_back(roots: Any, weighted: bool) -> None:
            self.trained += self._evaluates
            self._evaluates = False
            before(roots, weighted)

        hooks._before = going_back  # type: ignore[method-assign]

    def _heard(self, module: Any, records: bool) -> None:
        if id(module) not in self._minds:
            self._minds[id(module)] = [one for one in module.modules() if _minds_its_mode(one)]
        modes = {one.training for one in self._minds[id(module)]}
        if records:
            self._evaluates = bool(modes) and True not in modes
        elif True in modes:
            self.asked += 1

    def tell(self) -> None:
        """Record both, once."""
        step = max(self._probe.step - 1, 0)
        self._probe.beside(step, {ASKED: float(self.asked), TRAINED: float(self.trained)})


def _minds_its_mode(module: Any) -> bool:
    """Whether a module does one thing in training and another in evaluation."""
    import torch

    if isinstance(module, torch.nn.modules.dropout._DropoutNd):
        return bool(module.p > 0)
    if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
        return True
    return isinstance(module, (torch.nn.MultiheadAttention, torch.nn.RNNBase)) and module.dropout > 0


def shift_seeds(seed: int) -> None:
    """Let every seed that the program sets be another one for each of ours: or all its runs would be the same run."""
    far = seed * FAR

    def shifted(function: Callable[..., Any]) -> Callable[..., Any]:
        def seeded(given: Any = None, *more: Any, **named: Any) -> Any:
            whole = isinstance(given, int) and not isinstance(given, bool)
            return function((given + far) % 2**32 if whole else given, *more, **named)

        return seeded

    random.seed = shifted(random.seed)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed = shifted(numpy.random.seed)
        numpy.random.default_rng = shifted(numpy.random.default_rng)
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed = torch.random.manual_seed = shifted(torch.manual_seed)

        class Generator(torch.Generator):  # type: ignore[misc]
            def manual_seed(self, given: int) -> Any:
                return super().manual_seed((given + far) % 2**63)

        torch.Generator = Generator
