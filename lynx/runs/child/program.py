"""What trains in a program: its modules and the tensors that no module holds, under names that its author knows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import torch

from lynx.runs.child.adapters import TorchAdapter, TorchTensors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Named = tuple[str, Any]
DEEPEST = 100_000  # nodes of a graph that are looked at
MANY = 10_000  # entries of a list


class Together:
    """Several modules and loose tensors as one model; a single module keeps its own names."""

    def __init__(self, models: Sequence[Any], tensors: Sequence[Named] = ()) -> None:
        self._tensors = list(tensors)
        alone = len(models) == 1 and not self._tensors
        self._models = [("", models[0])] if alone else list(zip(_prefixes(models), models))  # noqa: B905

    def named_parameters(self) -> Iterator[Named]:
        """As a module's."""
        seen: set[int] = set()
        for name, tensor in [*self._tensors, *self._all("named_parameters")]:
            if id(tensor) not in seen:
                seen.add(id(tensor))
                yield name, tensor

    def named_modules(self) -> Iterator[Named]:
        """As a module's."""
        return self._all("named_modules")

    def named_buffers(self) -> Iterator[Named]:
        """As a module's."""
        return self._all("named_buffers")

    def _all(self, what: str) -> Iterator[Named]:
        for prefix, model in self._models:
            for name, one in getattr(model, what)():
                yield ".".join(part for part in (prefix, name) if part), one


class ProgramTensors(TorchTensors):
    """Gradients are where backward puts them, or what `autograd.grad` returned."""

    def __init__(self, returned: Mapping[int, Any]) -> None:
        super().__init__()
        self._returned = returned

    def grad(self, tensor: Any) -> Any:  # noqa: D102
        found = super().grad(tensor)
        other = self._returned.get(id(tensor))
        return self.value(other) if found is None and other is not None else found


class ProgramAdapter(TorchAdapter):
    """torch modules and tensors of a program."""

    def __init__(self, together: Together, returned: Mapping[int, Any]) -> None:
        super().__init__(together)
        self.tensors = ProgramTensors(returned)


def covered(module: Any, models: Sequence[Any]) -> bool:
    """Whether a module is one of these, or inside one."""
    return any(module is inner for model in models for inner in model.modules())


def loose(roots: Sequence[Any], optimisers: Sequence[Any], beside_modules: bool) -> list[Named]:
    """Parameters that no module holds: what optimisers update; without modules what the program's names and the
    loss's graph lead to, too.
    """
    names = {id(tensor): name for name, tensor in _globals()}
    updated = [p for one in optimisers for group in one.param_groups for p in group["params"]]
    leaves = _leaves(roots)
    if beside_modules:
        reached = {id(leaf) for leaf in leaves}
        found = [p for p in updated if id(p) in reached]
    else:
        found = [*(tensor for _, tensor in _globals()), *updated, *leaves]
    unique = list({id(tensor): tensor for tensor in found}.values())
    return [(names.get(id(tensor), f"parameter.{i}"), tensor) for i, tensor in enumerate(unique)]


def _globals() -> Iterator[Named]:
    """Leaf tensors that the program's main module names, in lists as well; what was named first counts."""
    seen: set[int] = set()
    for name, value in list(vars(sys.modules["__main__"]).items()):
        held = {name: value}
        if isinstance(value, (list, tuple)) and len(value) < MANY:
            held = {f"{name}.{i}": one for i, one in enumerate(value)}
        elif isinstance(value, dict) and len(value) < MANY and not name.startswith("__"):
            held = {f"{name}.{key}": one for key, one in value.items()}
        for full, one in held.items():
            if isinstance(one, torch.Tensor) and one.requires_grad and one.is_leaf and id(one) not in seen:
                seen.add(id(one))
                yield full, one


def _leaves(roots: Sequence[Any]) -> list[Any]:
    """The tensors to which backward will bring gradients, in the order of a walk from the loss."""
    left = [root.grad_fn for root in roots if getattr(root, "grad_fn", None) is not None]
    seen: set[Any] = set()
    found: list[Any] = []
    while left and len(seen) < DEEPEST:
        node = left.pop(0)
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        left += [other for other, _ in node.next_functions]
    return found


def _prefixes(models: Sequence[Any]) -> list[str]:
    """What the program calls each: its name in the main module, else its class, numbered where there are several."""
    main = {id(value): name for name, value in vars(sys.modules["__main__"]).items()}
    names: list[str] = []
    for model in models:
        name = main.get(id(model), type(model).__name__.lower())
        names.append(name if name not in names else f"{name}_{sum(n.startswith(name) for n in names) + 1}")
    return names
