"""The program: every command put together, and the entry point."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from lynx.cli import learn, mentor, study
from lynx.cli.framing import Group, Menu
from lynx.cli.tongues import is_translated
from lynx.cli.world import UsageProblem, World, report
from lynx.errors import N_, SOURCE_LANGUAGE, ExitCode, LynxError
from lynx.loop.session import Env
from lynx.view.language import _, choose_language, use
from lynx.view.terminal import Terminal


def build(only: str | None = None) -> typer.Typer:
    """The app with every command, or with one where the line names it; help texts in the language in force."""
    app = Menu(
        name="lynx",
        cls=Group,
        help=_("Predict, then run: a tutor for people who train neural networks."),
        no_args_is_help=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.only = only
    learn.register(app)
    study.register(app)
    mentor.register(app)
    if only and not app.registered_commands and not app.registered_groups:
        return build()  # no such command: every one is needed, to say which was meant
    return app


def command_named(args: list[str]) -> str | None:
    """The command where it is the first word; None where it stands elsewhere, or the shell completes."""
    return args[0] if args and not args[0].startswith("-") and "_LYNX_COMPLETE" not in os.environ else None


def language_asked(args: list[str]) -> str | None:
    """`--lang` as given anywhere on the line: the help itself is translated, so it must be known early."""
    for i, arg in enumerate(args):
        if arg == "--lang" and i + 1 < len(args):
            return args[i + 1]
        if arg.startswith("--lang="):
            return arg.partition("=")[2]
    return None


def usage_problem(message: str) -> LynxError:
    """A mistyped command, as the error that it is."""
    return LynxError("{text}", code="usage", remedy=N_("See: lynx --help"), text=message)


def main() -> None:
    """The program's entry point."""
    args = sys.argv[1:]
    json_ = "--json" in args
    try:
        language = choose_language(language_asked(args), os.environ, is_translated)
    except LynxError as error:
        use(SOURCE_LANGUAGE)
        world = World(
            Env(Path.cwd(), os.environ),
            Terminal(sys.stdout, sys.stderr, sys.stdin, os.environ, SOURCE_LANGUAGE, json=json_),
            json_,
        )
        raise SystemExit(report(world, error)) from None
    use(language)
    terminal = Terminal(sys.stdout, sys.stderr, sys.stdin, os.environ, language, json=json_)
    world = World(Env(Path.cwd(), os.environ, lang=language), terminal, json_)
    try:
        code = build(command_named(args))(standalone_mode=False, prog_name="lynx")
    except UsageProblem as error:
        from lynx.view.usage import usage_text  # for mistakes alone

        message = usage_text(error.format_message())  # type: ignore[attr-defined]
        # a group without a command printed its help, and its error has no words
        code = report(world, usage_problem(message)) if message.strip() else ExitCode.REFUSED
    except BaseException as error:
        if isinstance(error, SystemExit | typer.Exit):
            raise SystemExit(getattr(error, "exit_code", getattr(error, "code", 0))) from None
        code = report(world, error)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(int(code or 0))
