"""`lynx break`, `lynx status` and `lynx reset` in a repository of 20,000 files, against one of a single file.

    python benchmarks/big_repository.py [--files 20000] [--rounds 9] [--wall]

The two are run in turn (A B A B …): the median of the pairs' ratios, their range, and both medians. The aim is at most
1.15. The break has no oracle: its time depends on the learner's code and not on the repository.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import measuring

ROOT = Path(__file__).resolve().parents[1]
TARGET = "src/package_0/module_0.py"
SOURCE = """\
class ResidualBlock:
    def forward(self, x):
        h = self.fc(self.norm(x))
        return x + h
"""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--wall", action="store_true", help="time on the clock instead of processor time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cwd = Path(folder)
        env = measuring.environment(LYNX_HOME=str(cwd / "home"))
        pack = make_pack(cwd / "pack")
        verbs = {"break": f"break q --pack {pack}", "status": "status", "reset": "reset --yes"}
        tops = [cwd / "many", cwd / "one"]
        for top, count in zip(tops, (options.files, 1), strict=True):
            plant(top, count)
            for line in ("init --here --learner ana", f"trust q --pack {pack} --yes"):
                subprocess.run(
                    measuring.lynx(*line.split()), cwd=top, env=env, check=True, capture_output=True
                )
        pairs: dict[str, list[tuple[float, float]]] = {verb: [] for verb in verbs}
        for number in range(options.rounds + 1):
            for verb, line in verbs.items():
                many, one = (
                    measuring.once(measuring.lynx(*line.split()), top, env, wall=options.wall) for top in tops
                )
                pairs[verb] += [(many, one)] if number else []  # the first pair warms the disk
        assert all((top / TARGET).read_text() == SOURCE for top in tops)
    for verb, each in pairs.items():
        print(f"{verb:7} {options.files:,} / 1 files {measuring.said(each)}")


def plant(top: Path, count: int) -> None:
    """A repository with one commit of `count` files in folders of a hundred."""
    for number in range(count):
        path = top / f"src/package_{number // 100}/module_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOURCE if number == 0 else f"x = {number}\n")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "start")):
        who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0")
        subprocess.run(["git", *who, *arguments], cwd=top, check=True)


def make_pack(folder: Path) -> Path:
    """The shipped break aimed at the planted file, decided by a claim instead of an oracle."""
    text = (ROOT / "breaks/10/00-remove-residual/break.yaml").read_text(encoding="utf-8")
    for key, line in (("oracle", "verify_by: [healthy-trains]\n"), ("wrong_fixes", "")):
        text = re.sub(rf"^{key}:\n(?:[ \n].*\n)*", line, text, flags=re.MULTILINE)
    text = re.sub(r"^next:.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^target: .*$", f"target: {TARGET}", text, flags=re.MULTILINE)
    text = text.replace('id: "00"', 'id: "q"', 1).replace("slug: remove-residual", "slug: quick", 1)
    (folder / "q-quick").mkdir(parents=True)
    (folder / "q-quick/break.yaml").write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
