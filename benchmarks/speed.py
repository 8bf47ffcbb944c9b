"""The table of docs/speed.md: goals, the first round's figures and today's, read off what the scripts here print.

    python benchmarks/speed.py --write [--only light scale …] [--first CHECKOUT]
    .ci/run | python benchmarks/speed.py --write --read ci

Each script is run and its output stands on the page as it was printed; the table is made of it, so that nobody types a
figure. `--read NAME` takes the output of something that was run elsewhere, or by hand, from standard input. Without
`--write` the table is printed. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "speed.md"

# What is printed by what: the name of a block of the page, and the line that makes it. `{first}` is --first.
SCRIPTS = {
    "light": "light_commands.py --rounds 15",
    "light, first round": "light_commands.py --rounds 9 --of {first}",
    "files": "big_repository.py",
    "list": "scale.py --only list",
    "history": "scale.py --only history",
    "memory": "scale.py --only memory",
    "training": "run_vs_torch.py --rounds 3 --against {first}",
    "queue": "check_queue.py --jobs 2 --seeds 3 --only 00 01 02 03",
    "ci": "",
    "elsewhere": "",
}


class Figure(NamedTuple):
    """One line of the table. `printed` finds it in a block; `first` says what it was, or in which block that stands."""

    what: str
    goal: str
    first: str
    block: str
    printed: str


def _light(words: str, goal: str) -> Figure:
    return Figure(
        f"`{words}` / bare Typer", goal, "light, first round", "light", rf"^{re.escape(words)} +{TIMES}"
    )


TIMES = r"(?P<now>[\d.]+) × +\((?P<low>[\d.]+) to (?P<high>[\d.]+)\)"
HELD = r" +\d+ MiB +(?P<now>[\d.]+) ×"
SPREAD = r" +(?P<now>[\d.]+)(?: s)? +\((?:aim [\d.]+; )?(?P<low>[\d.]+) to (?P<high>[\d.]+)\)"

FIGURES = [
    *(
        _light(f"lynx {words}".strip(), "1.5")
        for words in ("", "status", "list", "hint", "--json", "status --json", "list --json", "hint --json")
    ),
    _light("lynx --help", "1.25"),
    _light("lynx break", "6"),
    _light("lynx reset", "2"),
    *(
        Figure(f"`lynx {verb}`, 20,000 files / one", "1.15", "", "files", rf"^{verb} +20,000 / 1 files +{TIMES}")
        for verb in ("break", "status", "reset")
    ),
    Figure("list of 1,000 / of 10", "1.3", "25.5", "list", rf"^list of 1,000 / of 10 +{TIMES}"),
    *(
        Figure(f"`{words}`, 10,000 attempts / none", "1.2", "", "history", rf"^{words} +10,000 / fresh +{TIMES}")
        for words in ("lynx", "status", "list", "hint", "break", "predict", "show", "review", "progress", "report 03")
    ),
    Figure("memory of `lynx --help` / bare `--help`", "1.5", "", "memory", r"(?P<now>[\d.]+) × bare --help"),
    *(
        Figure(f"memory of `lynx {words}` / bare", "1.5", "", "memory", rf"^memory of lynx {words}{HELD}")
        for words in ("status", "list", "break", "predict", "show", "verify", "reset --yes", "progress", "phase 10")
    ),
    Figure("Break 00, both sides / PyTorch", "0.30", "0.41", "training", rf"^run / torch{SPREAD}"),
    Figure("its instruments", "1.05", "", "training", rf"^instruments{SPREAD}"),
    Figure("its first curve, seconds", "1", "", "training", rf"^first curve{SPREAD}"),
    Figure("check of four breaks: two cores busy", "0.95", "0.735", "queue", r"(?P<now>[\d.]+) of the cores busy"),
    Figure("the same, dealt out to 16: share of ideal", "0.9", "", "queue", r"^ +16 cores +queue (?P<now>[\d.]+)"),
    Figure("`.ci/run`, seconds, two cores", "300", "600", "ci", r"^== done \((?P<now>\d+) s\)"),
]  # fmt: skip


def blocks(page: str) -> dict[str, str]:
    """What was printed, by name, as it stands on the page."""
    every = re.finditer(
        r"^### ([^\n]+)\n\n(?:`[^\n]+`\n\n)?```text\n(.*?)```$", page, re.MULTILINE | re.DOTALL
    )
    return {found[1]: found[2] for found in every}


def table(printed: dict[str, str]) -> str:
    """The table of what the blocks tell; a figure that none of them tells has no line."""
    lines = ["| figure | goal | first round | now | range |", "|---|--:|--:|--:|--:|"]
    for one in FIGURES:
        found = re.search(one.printed, printed.get(one.block, ""), re.MULTILINE)
        if found is None:
            continue
        before = one.first
        if before in SCRIPTS:
            then = re.search(one.printed, printed.get(before, ""), re.MULTILINE)
            before = then["now"] if then else ""
        groups = found.groupdict()
        spread = f"{groups['low']} to {groups['high']}" if "low" in groups else ""
        lines.append(f"| {one.what} | {one.goal} | {before} | {found['now']} | {spread} |")
    return "\n".join(lines) + "\n"


def written(page: str, printed: dict[str, str]) -> str:
    """The page with its table and its blocks anew; what people wrote between them stays."""
    head, rest = page.split("<!-- table -->\n", 1)
    middle, _ = rest.split("<!-- /table -->\n", 1)[1].split("## As printed\n", 1)
    shown = []
    for name in [name for name in SCRIPTS if name in printed]:
        made_by = f"`python benchmarks/{SCRIPTS[name].format(first='CHECKOUT')}`" if SCRIPTS[name] else ""
        shown += [f"### {name}", made_by, f"```text\n{printed[name].rstrip()}\n```"]
    below = "\n\n".join(filter(None, shown))
    return f"{head}<!-- table -->\n{table(printed)}<!-- /table -->\n{middle}## As printed\n\n{below}\n"


def main() -> None:
    """Run what is asked for, and put it on the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", nargs="*", choices=[name for name, line in SCRIPTS.items() if line])
    parser.add_argument("--read", choices=SCRIPTS)
    parser.add_argument("--first", type=Path, help="a checkout of the first round")
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    printed = blocks(page)
    if options.read:
        printed[options.read] = sys.stdin.read()
    else:
        for name in options.only or [name for name, line in SCRIPTS.items() if line]:
            line = SCRIPTS[name].format(first=options.first)
            if "None" not in line:
                printed[name] = run(line)
    if options.write:
        PAGE.write_text(written(page, printed), encoding="utf-8")
    else:
        print(table(printed))


def run(line: str) -> str:
    """What a script of this folder prints."""
    print(f"python benchmarks/{line}", file=sys.stderr, flush=True)
    return subprocess.run(
        [sys.executable, *line.split()], cwd=HERE, check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    main()
