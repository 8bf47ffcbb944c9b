"""The terminal: it knows what the outside can show, writes to it and asks it; tests replace it."""

from __future__ import annotations

import json as json_module
import os
import sys
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from lynx.errors import SOURCE_LANGUAGE
from lynx.loop.spoken import spoken
from lynx.view.language import _, use
from lynx.view.lines import Lines
from lynx.view.look import NARROW, WIDE, Level, Look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console, RenderableType

    from lynx.errors import LynxError

T = TypeVar("T")
SCHEMA = 2  # of what --json prints


class Terminal:
    """Standard output, error and input with what is known about them.

    `json` means that one JSON object is all that stdout may carry: nothing is shown or asked then.
    """

    def __init__(
        self,
        stdout: TextIO,
        stderr: TextIO,
        stdin: TextIO,
        environ: Mapping[str, str],
        lang: str = SOURCE_LANGUAGE,
        json: bool = False,
    ) -> None:
        self.stdout, self.stderr, self.stdin = stdout, stderr, stdin
        self.environ, self.lang, self.json = environ, lang, json
        self.broken: OSError | None = None  # what kept the output from being written
        use(lang)

    # -- what it can do --------------------------------------------------------------------------

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at the output."""
        return not self.json and _is_tty(self.stdout)

    @property
    def interactive(self) -> bool:
        """Whether somebody looks at the output and can be asked."""
        return self.is_terminal and _is_tty(self.stdin)

    @property
    def dumb(self) -> bool:
        """A terminal that can neither colour nor move its cursor (TERM=dumb, or unknown)."""
        return self.environ.get("TERM", "") in ("dumb", "unknown")

    @property
    def animates(self) -> bool:
        """Whether a picture can be redrawn in place."""
        return self.is_terminal and not self.dumb

    @property
    def colour(self) -> bool:
        """Whether colours may be used: a terminal that is not dumb, and no NO_COLOR (https://no-color.org)."""
        return self.animates and not self.environ.get("NO_COLOR")

    @property
    def columns(self) -> int:
        """Columns there are now: COLUMNS, else the terminal's own size, else 80."""
        given = self.environ.get("COLUMNS", "")
        if given.isdigit() and int(given) > 0:
            return int(given)
        if _is_tty(self.stdout):
            with suppress(OSError, ValueError):
                return os.get_terminal_size(self.stdout.fileno()).columns or 80
        return 80

    @property
    def rows(self) -> int:
        """Lines there are now: LINES, else the terminal's own size, else 24."""
        given = self.environ.get("LINES", "")
        if given.isdigit() and int(given) > 0:
            return int(given)
        with suppress(OSError, ValueError):
            return os.get_terminal_size(self.stdout.fileno()).lines or 24
        return 24

    @cached_property
    def encoding(self) -> str:
        """The encoding of the output: `utf-8`, or what it is called otherwise."""
        name = (getattr(self.stdout, "encoding", None) or "utf-8").lower().replace("_", "-")
        return "utf-8" if name in ("utf-8", "utf8", "cp65001") else name

    @property
    def level(self) -> Level:
        """How fine pictures can be. The fonts of Windows Terminal and of the Linux console lack braille."""
        asked = self.environ.get("LYNX_PLOT", "")
        if self.encoding != "utf-8" or asked == "ascii":
            return "ascii"
        coarse = self.environ.get("WT_SESSION") or self.environ.get("TERM") == "linux"
        return "block" if (coarse or asked == "block") and asked != "braille" else "braille"

    @property
    def look(self) -> Look:
        """What a screen may use, at the present size."""
        # the last column stays free: writing into it wraps in some terminals
        width = self.columns - 1 if self.is_terminal else self.columns
        return Look(min(max(width, NARROW), WIDE), self.encoding, self.level, self.colour)

    # -- writing ---------------------------------------------------------------------------------

    def console(self, stream: TextIO | None = None) -> Console:
        """A rich console on `stream` (stdout) that writes no control code where none is wanted."""
        from rich.console import Console

        stream = stream or self.stdout
        styled = self._styled(stream)
        return Console(
            file=stream,
            width=self.look.width,
            force_terminal=styled,
            color_system="standard" if styled else None,
            no_color=not self.colour,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=False,
            legacy_windows=False,
            _environ={},
        )

    def _styled(self, stream: TextIO) -> bool:
        return _is_tty(stream) and not self.dumb and not self.json

    def show(self, renderable: RenderableType, *, error: bool = False) -> None:
        """Write a screen; nothing under `--json`."""
        if self.json:
            return
        stream = self.stderr if error else self.stdout
        try:
            self.write(self.drawn(renderable, stream), stream)
        except OSError as lost:  # rich flushes, too
            self.broken = lost
            raise

    def drawn(self, renderable: RenderableType, stream: TextIO | None = None) -> str:
        """A screen as the characters that `show` writes, without blanks at the ends of lines."""
        if isinstance(renderable, Lines):
            return renderable.drawn(styled=self._styled(stream or self.stdout), colour=self.colour)
        console = self.console(stream)
        with console.capture() as captured:
            console.print(renderable, crop=False)
        return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())

    def write(self, text: str, stream: TextIO | None = None) -> None:
        """Write characters; what the encoding lacks becomes a question mark rather than a crash."""
        stream = stream or self.stdout
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = getattr(stream, "encoding", None) or "ascii"
            stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()

    def write_json(self, data: Mapping[str, Any]) -> None:
        """Write one JSON object on stdout. Raises ValueError when a number in it is not finite."""
        try:
            self.write(json_module.dumps({"schema": SCHEMA, **data}, allow_nan=False, indent=1) + "\n")
        except OSError as lost:
            self.broken = lost
            raise

    def show_error(self, error: LynxError, *, interrupted: bool = False) -> None:
        """Write an error with its remedy: on stderr, or as JSON on stdout."""
        from lynx.view import error as error_screen

        if self.json:
            self.write_json(error_screen.to_json(error))
        else:
            if interrupted:
                self.write("\n", self.stderr)  # ^C stands on the line where the cursor is
            self.show(error_screen.render(error, self.look, interrupted=interrupted), error=True)

    def say(self, text: str) -> None:
        """One line of progress on stderr, such as what is being done now; nothing under `--json`."""
        if not self.json:
            self.write(self.look.plain(text) + "\n", self.stderr)

    # -- asking ----------------------------------------------------------------------------------

    def read(self, prompt: str) -> str:
        """One line that the person types after `prompt`. Raises EOFError at the end of the input."""
        prompt = self.look.plain(prompt)
        if self.stdin is sys.stdin and self.stdout is sys.stdout:
            with suppress(ImportError):
                import readline  # noqa: F401 - imported for what it does: input() then edits a line properly
            return input(prompt)
        self.write(prompt)
        line = self.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    def ask(self, prompt: str, parse: Callable[[str], T | None], complaint: str = "") -> T:
        """Ask until `parse` makes something of the answer; `complaint` says what is wanted."""
        while True:
            found = parse(self.read(prompt).strip())
            if found is not None:
                return found
            if complaint:
                self.write(self.look.plain(complaint) + "\n")

    def confirm(self, question: str) -> bool:
        """A yes or no, in any language there is; anything else is asked again."""

        def parse(text: str) -> bool | None:
            return {"yes": True, "no": False}.get(spoken().get(text.lower(), ""))

        hint = _("y/n")
        return self.ask(f"{question} ({hint}) ", parse, _("Please answer yes or no."))

    # -- progress --------------------------------------------------------------------------------

    @contextmanager
    def working(self, label: str) -> Iterator[Callable[[str], None]]:
        """Say that something without a count is under way, from the moment it is told to begin.

        `label` is a message marked N_: `with terminal.working(N_("Comparing")) as tell: tell("prove")`. The
        line appears at once where it can be wiped again, else when `tell` is called, so that what takes no
        time says nothing.
        """
        shown = self.look.plain(f"{_(label)} …")
        wipes = _is_tty(self.stderr) and not self.dumb and not self.json
        if wipes:
            self.write(shown, self.stderr)
        try:
            yield lambda _what: None if wipes else self.say(shown)
        finally:
            if wipes:
                self.write("\r\x1b[2K", self.stderr)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show that something is under way: `with terminal.progress("…", 40) as at: at(3)`.

        A line that is redrawn where that can be done, else one line at the start and one at each quarter.
        """
        shown = self.look.plain(label)
        if self.json:
            yield lambda _done: None
        elif _is_tty(self.stderr) and not self.dumb:
            try:
                self.write(self.look.plain(f"{label} …"), self.stderr)
                yield lambda done: self.write(f"\r{shown} {_of(done, total)} ", self.stderr)
            finally:
                self.write("\r\x1b[2K", self.stderr)
        else:
            self.write(f"{shown}\n", self.stderr)
            last = 0

            def at(done: int) -> None:
                nonlocal last
                quarter = 4 * done // total if total else 0
                if quarter > last:
                    last = quarter
                    self.write(f"{shown} {_of(done, total)}\n", self.stderr)

            yield at


def _of(done: int, total: int | None) -> str:
    return f"{done}/{total}" if total else str(done)


def _is_tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a closed or a replaced stream
        return False
