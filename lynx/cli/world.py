"""What every command shares: the world it may touch, one way to make it, one error boundary.

A command is a function `verb(world, …) -> result`; `command` adds the options every command takes, shows what
it returns (a screen, or JSON) and ends in the result's exit code. Nothing else prints or exits.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lynx import __version__
from lynx.cli.framing import Command, Menu
from lynx.cli.tongues import is_translated
from lynx.errors import N_, ExitCode, Fault, Interrupted, LynxError, Refused
from lynx.loop.env import Env
from lynx.surroundings import cause, caused
from lynx.view.language import _, choose_language, use
from lynx.view.language import language as language_in_force
from lynx.view.terminal import Terminal

LEARN, STUDY, MENTOR, TEACH = N_("Learn"), N_("Study"), N_("Mentor"), N_("Teach")

# Typer carries its own click and exports one of its exceptions: its base class is what usage errors share
UsageProblem: type[Exception] = typer.BadParameter.__mro__[2]


class World:
    """What a command may touch: the environment handed to the verbs, and the terminal."""

    def __init__(self, env: Env, terminal: Terminal, json: bool) -> None:
        self.env, self.terminal, self.json = env, terminal, json

    def show(self, result: Any) -> None:
        """Show a screen before the command goes on."""
        from lynx.view import results

        self.terminal.show(results.render(result, self.terminal.look))

    def env_at(self, folder: Path) -> Env:
        """The environment as it is in another workspace."""
        return self.env.but(repo=folder)


COMMON = {
    "json_": (bool, typer.Option("--json", help=N_("Print one JSON object instead of the screen."))),
    "lang": (str | None, typer.Option("--lang", metavar="TAG", help=N_("Language of the screens."))),
    "repo": (Path | None, typer.Option("--repo", metavar="PATH", help=N_("The workspace, if not here."))),
    "learner": (str | None, typer.Option("--learner", metavar="NAME", help=N_("Whose workspace it is."))),
}


def make_world(
    json_: bool = False,
    lang: str | None = None,
    repo: Path | None = None,
    learner: str | None = None,
    python: str | None = None,
    pack: list[Path] | None = None,
) -> World:
    """The world as this process sees it."""
    if lang:
        use(choose_language(lang, os.environ, is_translated))
    language = language_in_force()  # main chose it from the whole line, before the help texts were made
    env = Env(
        cwd=working_folder(),
        environ=dict(os.environ),
        repo=repo,
        learner=learner,
        python=python,
        packs=tuple(pack or ()),
        lang=language,
    )
    terminal = Terminal(sys.stdout, sys.stderr, sys.stdin, os.environ, language, json=json_)
    return World(env, terminal, json_)


Verb = Callable[..., Any]


def command(
    app: typer.Typer, panel: str | None, *, name: str | None = None, hidden: bool = False
) -> Callable[[Verb], Verb]:
    """Register `verb(world, …)` as a command with the common options; its docstring is its one sentence."""

    def register(verb: Verb) -> Verb:
        label = name or verb.__name__.rstrip("_").replace("_", "-")
        if getattr(app, "only", None) not in (None, label):
            return verb
        panel_ = _(panel) if panel else None
        help_ = _(inspect.getdoc(verb) or "")
        named = partial(app.command, label, cls=Command, help=help_, rich_help_panel=panel_, hidden=hidden)
        if Menu.listing:
            named()(_unsaid)
            return verb
        signature = inspect.signature(verb, eval_str=True)
        own = list(signature.parameters.values())[1:]

        def run(**values: Any) -> None:
            common = {key: values.pop(key) for key in COMMON}
            if "python" in values:
                common["python"] = values.pop("python")
            if "pack" in values:
                common["pack"] = values["pack"]
            world = make_world(**common)
            with boundary(world):
                result = verb(world, **{k: v for k, v in values.items() if k in wanted})
                raise typer.Exit(finish(world, result))

        wanted = {p.name for p in own if p.name != "python"}
        extra = [
            inspect.Parameter(
                key,
                inspect.Parameter.KEYWORD_ONLY,
                default=None if key != "json_" else False,
                annotation=Annotated[kind, _translated(option)],
            )
            for key, (kind, option) in COMMON.items()
        ]
        own = [
            p.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=_translate(p.annotation)) for p in own
        ]
        run.__signature__ = signature.replace(parameters=own + extra, return_annotation=None)  # type: ignore[attr-defined]
        run.__name__ = verb.__name__
        named()(run)
        return verb

    return register


def _unsaid() -> None:
    """A command whose options nobody asks for."""


def _translate(annotation: Any) -> Any:
    for option in getattr(annotation, "__metadata__", ()):
        _translated(option)
    return annotation


def _translated(option: Any) -> Any:
    if getattr(option, "help", None):
        option.help = _(option.help)
    return option


def finish(world: World, result: Any) -> int:
    """Show what a verb returned; the exit code it stands for."""
    from lynx.view import results

    if result is None:
        return ExitCode.DONE
    if world.json:
        world.terminal.write_json(results.to_json(result))
    else:
        world.show(result)
    return int(results.exit_code(result))


class boundary:  # noqa: N801 - reads as a statement: with boundary(world)
    """The one place where errors become messages and exit codes."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> Literal[False]:
        if error is None or isinstance(error, typer.Exit | UsageProblem):
            return False
        code = report(self.world, error)
        raise typer.Exit(code) from None


def report(world: World, error: BaseException) -> int:
    """Say what went wrong, in one clear message; the exit code. What cannot be said any more ends in its code."""
    try:
        return _report(world, error)
    except BrokenPipeError:
        return _unheard(ExitCode.DONE)
    except OSError:  # standard error is full or closed, too
        return _unheard(ExitCode.REFUSED)


def _report(world: World, error: BaseException) -> int:
    if isinstance(error, BrokenPipeError):
        # the reader went away (`lynx list | head -1`): nothing is wrong, and nothing more can be said
        return _unheard(ExitCode.DONE)
    if isinstance(error, KeyboardInterrupt | EOFError):
        known = LynxError(
            N_("Interrupted."),
            code="interrupted",
            remedy=N_("Nothing is left half done; lynx says where you are."),
        )
        world.terminal.show_error(known, interrupted=True)
        return ExitCode.INTERRUPTED
    if isinstance(error, LynxError):
        world.terminal.show_error(error, interrupted=isinstance(error, Interrupted))
        return int(error.exit_code)
    if isinstance(error, OSError) and world.terminal.broken is error:
        return int(show_aside(world, output_lost(error)))
    if (surroundings := caused(error)) is not None:
        world.terminal.show_error(surroundings)
        return int(surroundings.exit_code)
    log = write_log(error)
    fault = Fault(
        N_("This is Lynx's own mistake, not yours: {kind}: {error}"),
        code="fault",
        remedy=N_("The details are in {log}; your files are as they were.")
        if log
        else N_("The details could be written nowhere; your files are as they were."),
        kind=type(error).__name__,
        error=error,
        log=log,
    )
    world.terminal.show_error(fault)
    return ExitCode.FAULT


def output_lost(error: OSError) -> LynxError:
    """What was asked is done, and its answer could not be written."""
    return LynxError(
        N_("The output cannot be written: {cause}."),
        code="output-lost",
        remedy=N_("What was asked for is done as far as it came; lynx status says where you are."),
        cause=cause(error),
    )


def show_aside(world: World, error: LynxError) -> ExitCode:
    """Show an error on standard error: standard output takes nothing any more."""
    world.terminal.json = False
    world.terminal.show_error(error)
    return _unheard(ExitCode.REFUSED)


def _unheard(code: ExitCode) -> ExitCode:
    """Nothing more can be written: what still waits in the buffer goes nowhere, without a word from Python."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def working_folder() -> Path:
    """The folder one stands in. Raises Refused when it is gone."""
    try:
        return Path.cwd()
    except OSError as error:
        raise Refused(
            N_("The folder you stand in is gone, or may not be read."),
            code="no-working-folder",
            remedy=N_("Go to one that is there (cd ~), then say it again."),
        ) from error


def write_log(error: BaseException) -> Path | None:
    """Keep the traceback where the user's other logs are; the path, or None where nothing can be written."""
    import platform
    import tempfile
    import time

    head = (
        f"lynx {__version__} · Python {platform.python_version()} · {platform.platform()}\n{sys.argv!r}\n\n"
    )
    text = (head + "".join(traceback.format_exception(error))).encode("utf-8", "backslashreplace")
    name = time.strftime("fault-%Y%m%d-%H%M%S.log")
    places: list[Callable[[], Path]] = [
        lambda: Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "lynx",
        lambda: Path(tempfile.gettempdir()),
    ]
    for place in places:
        with suppress(OSError, RuntimeError):
            folder = place()
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text)
            return folder / name
    return None
