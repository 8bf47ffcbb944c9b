"""One way to look at a model, be it of numpy `minitorch` or torch: everything comes out as arrays."""

from __future__ import annotations

import contextlib
import hashlib
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lynx.runs.child.foreign import Walked, forget, gradient, numbers, send_back, write

Array = Any  # np.ndarray; a foreign numpy may be too old for numpy.typing
Loss = Callable[[Any], Any]
Call = tuple[
    Callable[..., Any], tuple[Any, ...], dict[str, Any], Any
]  # what was called, with what, what came


def adapt(model: Any) -> Adapter:
    """The adapter of a model. TypeError when it has no parameters whose numbers can be read."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return TorchAdapter(model)
    # Some modules answer None to every name that they do not know.
    if all(callable(getattr(model, name, None)) for name in ("named_parameters", "named_modules")):
        parameters = list(model.named_parameters())
        if all(isinstance(getattr(p, "data", None), np.ndarray) for _, p in parameters):
            return NumpyAdapter(model)
    return ForeignAdapter(model)


class Tensors:
    """Tensors like minitorch's: `data` and `grad` are arrays. `kind` is their class, None where unknown."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def value(self, tensor: Any) -> Array:
        """The numbers, shared where that is possible."""
        held = hasattr(tensor, "data") and hasattr(tensor, "grad")
        return np.asarray(tensor.data if held else tensor)

    def grad(self, tensor: Any) -> Array | None:
        """The gradient, None where there is none; as an array, whatever kind of tensor it is."""
        grad = getattr(tensor, "grad", None)
        return grad if grad is None or isinstance(grad, np.ndarray) else numbers(grad)

    def set_value(self, tensor: Any, array: Array) -> None:
        """Make `array` a parameter's numbers, dtype included, and forget its gradient."""
        tensor.data, tensor.grad = np.array(array), None

    def forget(self, tensor: Any) -> None:
        """No gradient any more."""
        tensor.grad = None

    def make(self, array: Array, requires_grad: bool) -> Any:
        """A tensor that holds a copy of `array`. TypeError when it is not known how to make one."""
        if self.kind is None:
            raise TypeError("nothing here tells which class of tensor the code works on")
        return self.kind(np.array(array), requires_grad=requires_grad)

    def detached(self, tensor: Any) -> Any:
        """The same numbers, tracking no gradient; the tensor itself where that is so, or nothing tells how."""
        tracks = self.kind is not None and getattr(tensor, "requires_grad", False)
        return self.make(self.value(tensor), requires_grad=False) if tracks else tensor

    def backward(self, outputs: Sequence[Any], cotangents: Sequence[Array]) -> None:
        """Send `cotangents` back from those outputs that track gradients."""
        for out, cotangent in zip(outputs, cotangents):  # noqa: B905 - Python 3.9
            if getattr(out, "requires_grad", False):
                out.backward(cotangent)


class TorchTensors(Tensors):
    """torch tensors on the CPU; arrays share memory with them."""

    def __init__(self) -> None:
        super().__init__(sys.modules["torch"].Tensor)

    def value(self, tensor: Any) -> Array:  # noqa: D102
        torch = sys.modules["torch"]
        if not isinstance(tensor, torch.Tensor):
            return np.asarray(tensor)
        tensor = tensor.detach()
        return (tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor).numpy()

    def grad(self, tensor: Any) -> Array | None:  # noqa: D102
        grad = getattr(tensor, "grad", None)
        return None if grad is None else self.value(grad)

    def set_value(self, tensor: Any, array: Array) -> None:  # noqa: D102
        tensor.data, tensor.grad = sys.modules["torch"].from_numpy(np.array(array)), None

    def detached(self, tensor: Any) -> Any:  # noqa: D102
        return tensor.detach() if isinstance(tensor, self.kind) else tensor

    def make(self, array: Array, requires_grad: bool) -> Any:  # noqa: D102
        return sys.modules["torch"].from_numpy(np.array(array)).requires_grad_(requires_grad)

    def backward(self, outputs: Sequence[Any], cotangents: Sequence[Array]) -> None:  # noqa: D102
        torch = sys.modules["torch"]
        pairs = [
            (out, torch.from_numpy(np.array(cotangent)))
            for out, cotangent in zip(outputs, cotangents)  # noqa: B905
            if getattr(out, "requires_grad", False)
        ]
        if pairs:
            torch.autograd.backward([out for out, _ in pairs], [c.to(out.dtype) for out, c in pairs])


class ForeignTensors(Tensors):
    """Tensors of a framework that is not known, or numbers that keep a gradient (a `Value`)."""

    def __init__(self, kind: Any = None) -> None:
        super().__init__(kind)

    def value(self, tensor: Any) -> Array:  # noqa: D102
        return numbers(tensor)

    def grad(self, tensor: Any) -> Array | None:  # noqa: D102
        return gradient(tensor)

    def forget(self, tensor: Any) -> None:  # noqa: D102
        forget(tensor)

    def set_value(self, tensor: Any, array: Array) -> None:  # noqa: D102
        if not write(tensor, array):
            raise TypeError(f"nothing tells how to put numbers into a {type(tensor).__name__}")
        self.forget(tensor)

    def backward(self, outputs: Sequence[Any], cotangents: Sequence[Array]) -> None:  # noqa: D102
        send_back(outputs, cotangents)


class Adapter:
    """Parameters, gradients and layers of one model, by name."""

    asks_again = True  # instruments may have a loss computed once more

    def __init__(self, model: Any, tensors: Tensors) -> None:
        self.model = model
        self.tensors = tensors
        self.parameters: list[tuple[str, Any]] = list(model.named_parameters())
        self.modules: dict[str, Any] = dict(model.named_modules())
        self._generators = [
            g
            for m in self.modules.values()
            for g in getattr(m, "__dict__", {}).values()
            if isinstance(g, np.random.Generator)
        ]

    # --- what differs ------------------------------------------------------------------------

    def listen(self, name: str, heard: Callable[[Any], None]) -> None:
        """Call `heard` with what layer `name` puts out, from now on."""
        raise NotImplementedError

    def hear_calls(self, heard: Callable[[Call], None]) -> None:
        """Tell `heard` of every call of the whole model, from now on; no call is told of one that has no door."""

    def buffers(self) -> dict[str, Array]:
        """State that is saved but not trained (a running mean), by name."""
        raise NotImplementedError

    def set_buffer(self, name: str, array: Array) -> None:
        """Put an array of `buffers` back, dtype included."""
        raise NotImplementedError

    # --- what does not -----------------------------------------------------------------------

    def layer_names(self) -> list[str]:
        """The blocks of the longest list of modules; without one, the children. Those that have parameters."""
        lists: dict[str, list[str]] = {}
        for name in self.modules:
            parent, _, last = name.rpartition(".")
            if last.isdigit() and any(p.startswith(name + ".") for p, _ in self.parameters):
                lists.setdefault(parent, []).append(name)
        longest = max(lists.values(), key=len, default=[])
        if len(longest) > 1:
            return longest
        children = [n for n in self.modules if n and "." not in n]
        return [n for n in children if any(p.startswith(n + ".") for p, _ in self.parameters)]

    def input_gradient(self, loss: Loss, array: Array) -> Array:
        """d loss / d inputs at `array`. Call within `untouched`, or parameters get gradients too."""
        x = self.tensors.make(array, requires_grad=True)
        value = loss(x)
        if not value.requires_grad:  # an experiment that stops the gradient on its way cuts the input off
            return np.zeros_like(array)
        value.backward()
        grad = self.tensors.grad(x)
        return np.zeros_like(array) if grad is None else grad

    def evaluate(self, loss: Loss, inputs: Any) -> float:
        """The loss once more. Call within `untouched`: no parameter tracks gradients then, so nothing is recorded."""
        return float(self.tensors.value(loss(self.tensors.detached(inputs))))

    @contextlib.contextmanager
    def untouched(self) -> Iterator[None]:
        """Let the model be evaluated without a trace: no gradients; what it holds and draws is the same after.

        What it holds: buffers, and attributes of its modules (a counter, a state carried on), lists of them included.
        """
        flags = [(p, p.requires_grad) for _, p in self.parameters]
        buffers = {name: np.array(array) for name, array in self.buffers().items()}
        states = [g.bit_generator.state for g in self._generators]
        attributes = [
            _held(vars(m)) for m in self.modules.values() if isinstance(getattr(m, "__dict__", 0), dict)
        ]
        everywhere = random_state()
        for parameter, _ in flags:
            parameter.requires_grad = False
        try:
            yield
        finally:
            for parameter, flag in flags:
                parameter.requires_grad = flag
            for restore in attributes:
                restore()
            for name, array in buffers.items():
                self.set_buffer(name, array)
            for generator, state in zip(self._generators, states):  # noqa: B905 - Python 3.9
                generator.bit_generator.state = state
            restore_random_state(everywhere)


class NumpyAdapter(Adapter):
    """Modules like minimodel's, which look `forward` up at each call."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, Tensors(None))
        self.tensors.kind = tensor_class(self.parameters[0][1]) if self.parameters else None

    def listen(self, name: str, heard: Callable[[Any], None]) -> None:  # noqa: D102
        module = self.modules[name]
        forward = module.forward

        def listening(*args: Any, **kwargs: Any) -> Any:
            out = forward(*args, **kwargs)
            heard(out)
            return out

        module.forward = listening

    def hear_calls(self, heard: Callable[[Call], None]) -> None:  # noqa: D102
        forward = getattr(self.model, "forward", None)
        if not callable(forward):
            return

        def listening(*args: Any, **kwargs: Any) -> Any:
            out = forward(*args, **kwargs)
            heard((forward, args, kwargs, out))
            return out

        self.model.forward = listening

    def buffers(self) -> dict[str, Array]:  # noqa: D102
        return {
            f"{name}.{key}" if name else key: value
            for name, module in self.modules.items()
            for key, value in vars(module).items()
            if isinstance(value, np.ndarray)
        }

    def set_buffer(self, name: str, array: Array) -> None:  # noqa: D102
        owner, _, key = name.rpartition(".")
        setattr(self.modules[owner], key, array)


class ForeignAdapter(NumpyAdapter):
    """Modules of a framework that is not known, `parameters()` being all they need to have."""

    asks_again = False

    def __init__(self, model: Any) -> None:
        Adapter.__init__(self, Walked(model), ForeignTensors())

    def listen(self, name: str, heard: Callable[[Any], None]) -> None:  # noqa: D102
        if callable(
            getattr(self.modules[name], "forward", None)
        ):  # `__call__` alone sees one sample at a time
            super().listen(name, heard)

    def layer_names(self) -> list[str]:
        """The outermost list of modules, the longest of those; a network of neurons has lists within."""
        lists: dict[str, list[str]] = {}
        for name in self.modules:
            parent, _, last = name.rpartition(".")
            if last.isdigit():
                lists.setdefault(parent, []).append(name)
        depth = min((parent.count(".") for parent, names in lists.items() if len(names) > 1), default=None)
        outermost = [n for parent, n in lists.items() if parent.count(".") == depth and len(n) > 1]
        return max(outermost, key=len) if outermost else super().layer_names()


class TorchAdapter(Adapter):
    """torch modules on the CPU."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, TorchTensors())

    def listen(self, name: str, heard: Callable[[Any], None]) -> None:  # noqa: D102
        self.modules[name].register_forward_hook(lambda _module, _args, out: heard(out))

    def hear_calls(self, heard: Callable[[Call], None]) -> None:  # noqa: D102
        whole = self.modules.get("")  # of several models in a program there is none
        if whole is not None:
            whole.register_forward_hook(
                lambda module, args, kwargs, out: heard((module, args, kwargs, out)), with_kwargs=True
            )

    def buffers(self) -> dict[str, Array]:  # noqa: D102
        return {name: self.tensors.value(buffer) for name, buffer in self.model.named_buffers()}

    def set_buffer(self, name: str, array: Array) -> None:  # noqa: D102
        owner, _, key = name.rpartition(".")
        held = getattr(self.modules[owner], key)
        new = sys.modules["torch"].from_numpy(np.array(array))
        if held.dtype == new.dtype and held.shape == new.shape:
            held.data.copy_(new)  # in place: somebody else may hold the same tensor
        else:
            setattr(self.modules[owner], key, new)


def _held(own: dict[str, Any]) -> Callable[[], None]:
    """What gives an object the attributes back that it has now, and its lists, dicts and sets their contents."""
    before = dict(own)
    torch = sys.modules.get("torch")
    inner = [
        (value, value.copy())
        for name, value in own.items()
        if isinstance(value, (list, dict, set)) and not name.startswith("_")
    ]
    drawing = [
        (value, value.get_state())
        for value in own.values()
        if torch is not None and isinstance(value, torch.Generator)
    ]

    def restore() -> None:
        own.clear()
        own.update(before)
        for value, contents in inner:
            value.clear()
            (value.extend if isinstance(value, list) else value.update)(contents)
        for generator, state in drawing:
            generator.set_state(state)

    return restore


def tensor_class(parameter: Any) -> Any:
    """The class of plain tensors that a parameter's class was made from: the last one before `object`."""
    bases = [c for c in type(parameter).__mro__ if c is not object]
    named = [c for c in bases if c.__name__ == "Tensor"]
    return (named or bases)[-1]


def seed_everything(seed: int) -> None:
    """Restart every generator that code of this process may draw from without holding it."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if (torch := sys.modules.get("torch")) is not None:
        torch.default_generator.manual_seed(seed)  # torch.manual_seed notes where it was called, for devices
    if (init := sys.modules.get("minimodel.nn.init")) is not None and hasattr(init, "manual_seed"):
        init.manual_seed(seed)


def random_state() -> tuple[Any, ...]:
    """The state of those generators."""
    torch = sys.modules.get("torch")
    generator = _init_generator()
    return (
        random.getstate(),
        np.random.get_state(),
        None if torch is None else torch.get_rng_state(),
        None if generator is None else (generator, generator.bit_generator.state),
    )


def generators(adapter: Adapter | None) -> dict[str, str]:
    """The state of those generators, and of those that the model's modules hold, each as a hash."""
    everywhere = random_state()
    found = {
        "random": repr(everywhere[0]).encode(),
        "numpy": b"".join(np.asarray(part).tobytes() for part in everywhere[1]),
        "torch": b"" if everywhere[2] is None else everywhere[2].numpy().tobytes(),
        "minimodel": b"" if everywhere[3] is None else repr(everywhere[3][1]).encode(),
    }
    torch = sys.modules.get("torch")
    for name, module in [] if adapter is None else adapter.modules.items():
        for key, held in vars(module).items():
            if isinstance(held, np.random.Generator):
                found[f"{name}.{key}"] = repr(held.bit_generator.state).encode()
            elif torch is not None and isinstance(held, torch.Generator):
                found[f"{name}.{key}"] = held.get_state().numpy().tobytes()
    return {name: hashlib.sha256(state).hexdigest() for name, state in found.items()}


def restore_random_state(state: Sequence[Any]) -> None:
    """Go back to a `random_state`."""
    random.setstate(state[0])
    np.random.set_state(state[1])
    if state[2] is not None:
        sys.modules["torch"].set_rng_state(state[2])
    if state[3] is not None:
        generator, inner = state[3]
        generator.bit_generator.state = inner


def _init_generator() -> Any:
    """The generator that minimodel's layers draw their first weights from, if the module is in use."""
    default = getattr(sys.modules.get("minimodel.nn.init"), "default_generator", None)
    generator = default() if callable(default) else None
    return generator if isinstance(generator, np.random.Generator) else None
