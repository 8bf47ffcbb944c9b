"""Module: a layer that knows its parameters and the layers inside it, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from minitorch import Tensor

Array = npt.NDArray[Any]


class Parameter(Tensor):
    """A tensor that is trained: a module finds it when it is assigned to an attribute."""

    def __init__(self, data: Any) -> None:
        super().__init__(data, requires_grad=True)


class Module:
    """Base of all layers. A subclass calls `super().__init__()`, assigns its parts, defines `forward`."""

    training: bool

    def __init__(self) -> None:
        self._parameters: dict[str, Parameter] = {}
        self._modules: dict[str, Module] = {}
        self._buffers: dict[str, Array] = {}
        self.training = True

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter | Module) and "_parameters" not in self.__dict__:
            raise AttributeError(f"call super().__init__() before assigning {name!r}")
        registries = (self.__dict__.get(r) for r in ("_parameters", "_modules"))
        for registry in registries:
            if registry is not None:
                registry.pop(name, None)
        if isinstance(value, Parameter):
            self._parameters[name] = value
        elif isinstance(value, Module):
            self._modules[name] = value
        elif name in self.__dict__.get("_buffers", ()):
            self._buffers[name] = value
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        for registry in (self._parameters, self._modules, self._buffers):
            registry.pop(name, None)

    def register_buffer(self, name: str, value: Array) -> None:
        """An array that is saved with the parameters but not trained, such as a running mean."""
        self._buffers[name] = value
        object.__setattr__(self, name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no forward()")

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        # Looked up here and now: whoever wants to watch a layer assigns to `layer.forward`.
        return self.forward(*args, **kwargs)

    # --- walking ----------------------------------------------------------------------------

    def children(self) -> Iterator[Module]:
        yield from self._modules.values()

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module under the name `prefix`, then all within it, outer before inner; each once."""
        seen: set[int] = set()
        stack = [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield name, module
            dot = f"{name}." if name else ""
            stack.extend((dot + key, child) for key, child in reversed(module._modules.items()))

    def modules(self) -> Iterator[Module]:
        for _, module in self.named_modules():
            yield module

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Pairs such as ("blocks.3.fc1.weight", …); a shared parameter comes once, under its first name."""
        seen: set[int] = set()
        for prefix, module in self.named_modules():
            for key, parameter in module._parameters.items():
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield (f"{prefix}.{key}" if prefix else key), parameter

    def parameters(self) -> Iterator[Parameter]:
        for _, parameter in self.named_parameters():
            yield parameter

    def _named_buffers(self) -> Iterator[tuple[str, Module, str]]:
        for prefix, module in self.named_modules():
            for key in module._buffers:
                yield (f"{prefix}.{key}" if prefix else key), module, key

    # --- state ------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Put this module and all within it into training mode (or evaluation mode)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget all gradients: they are None again, not zero."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, dtype: npt.DTypeLike) -> Self:
        """Convert every parameter and buffer in place; gradients are forgotten."""
        for parameter in self.parameters():
            parameter.data = parameter.data.astype(dtype)
            parameter.grad = None
        for _, module, key in list(self._named_buffers()):
            setattr(module, key, module._buffers[key].astype(dtype))
        return self

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters and buffers by name."""
        state = {name: parameter.data.copy() for name, parameter in self.named_parameters()}
        state.update((name, module._buffers[key].copy()) for name, module, key in self._named_buffers())
        return state

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Copy arrays in by name, each converted to the dtype that is already there.

        KeyError when names are missing or too many, ValueError when a shape differs; then nothing is
        changed.
        """
        parameters = dict(self.named_parameters())
        buffers = {name: (module, key) for name, module, key in self._named_buffers()}
        names = parameters.keys() | buffers.keys()
        if names != state.keys():
            raise KeyError(
                f"missing: {sorted(names - state.keys())}; unknown: {sorted(state.keys() - names)}"
            )
        here = self.state_dict()
        for name, array in here.items():
            if np.shape(state[name]) != array.shape:
                raise ValueError(f"{name}: shape {np.shape(state[name])} does not fit {array.shape}")
        for name, array in here.items():
            np.copyto(array, state[name])
            if name in parameters:
                parameters[name].data = array
            else:
                module, key = buffers[name]
                setattr(module, key, array)


class ModuleList(Module):
    """Modules in order, named "0", "1", …; it has no forward of its own."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> None:
        setattr(self, str(len(self)), module)

    def __len__(self) -> int:
        return len(self._modules)

    def __getitem__(self, index: int) -> Module:
        return list(self._modules.values())[index]

    def __iter__(self) -> Iterator[Module]:
        return iter(list(self._modules.values()))


class Sequential(ModuleList):
    """Modules applied one after the other."""

    def __init__(self, *modules: Module) -> None:
        super().__init__(modules)

    def forward(self, x: Tensor) -> Tensor:
        for module in self:
            x = module(x)
        return x
