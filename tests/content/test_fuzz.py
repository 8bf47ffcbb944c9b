"""Mutated specs end in a Break or in BadSpec: never in a traceback, a hang or a swollen process."""

from __future__ import annotations

import copy
import resource
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lynx.content.catalog import Root
from lynx.content.reading.breaks import load_break
from lynx.content.reading.cards import card_of
from lynx.content.reading.document import parse
from lynx.content.reading.kept import Kept
from lynx.content.spec import BadSpec, Break

GOOD = Path(__file__).parent / "data" / "forget-the-skip" / "break.yaml"
DATA = GOOD.read_bytes()
SECONDS = 30.0  # of this process's own time for one file; some twenty times what the slowest takes

HOSTILE = [
    b"[" * 200,
    b"{" * 200,
    b"- " * 200,
    b"&a [*a, *a]",
    b"*a",
    b"<<: *a",
    b"!!python/object/apply:os.system ['true']",
    b"!!binary x",
    b"\x00",
    b"\xff\xfe",
    b"\x1b[31m",
    b"\t",
    b"%YAML 9.9\n",
    b"---\n",
    b"...\n",
    b"? ",
    b": ",
    b"'",
    b'"',
    b'"\\ud800"',
    b"|9\n",
    b">-\n",
    b"#",
    b"~",
    b".nan",
    b".inf",
    b"1e-3",
    b"12:30",
    b"0o17",
    b"0x" + b"f" * 100,
    b"9" * 5000,
    b"1:" * 3000,
    b"k" * 5000 + b": ",
    "\u202e\u2028\ufeff".encode(),
    b"[red]{0.__class__}%(x)s{what}",
    b"../" * 2000,
    b".git/config",
    b"@@\n",
    b"@@ -1,9 +1,9 @@\n",
    b"--- a/x\n+++ b/x\n",
    b"\r\n",
]

edits = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(["insert", "delete", "replace", "repeat", "swap"]),
        st.one_of(st.sampled_from(HOSTILE), st.binary(max_size=12), st.sampled_from(DATA.split())),
        st.integers(0, 400),
    ),
    min_size=1,
    max_size=6,
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["healthy", "broken", "P1", "batch", "last", "never", "@@\n-a\n+b\n", "x" * 4000, "a\x00b"]
    ),
)
keys = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["en", "es", "at_most", "metric", "variant", "on", "id", "planted", "args"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)


def mangled(data: bytes, changes: list[tuple[float, str, bytes, int]]) -> bytes:
    for where, how, payload, length in changes:
        at = int(where * len(data))
        piece = data[at : at + length]
        if how == "insert":
            data = data[:at] + payload + data[at:]
        elif how == "delete":
            data = data[:at] + data[at + length :]
        elif how == "replace":
            data = data[:at] + payload + data[at + len(payload) :]
        elif how == "repeat":
            data = data[:at] + piece * 3 + data[at:]
        else:
            data = data[at:] + data[:at]
    return data


def read(data: bytes) -> Break | BadSpec:
    """What reading gives, within time and with every message printable."""
    begin = time.process_time()
    try:
        return load_break(GOOD.parent, data=data)
    except BadSpec as error:
        bad = error
    finally:
        assert time.process_time() - begin < SECONDS
    assert bad.problems
    text = str(bad)
    assert text.replace("\n", "").isprintable()
    assert len(text) < 100_000
    return bad


def check_bytes(changes: list[tuple[float, str, bytes, int]]) -> None:
    assert isinstance(read(mangled(DATA, changes)), (Break, BadSpec))


def check_tree(where: float, planted: Any, also: float) -> None:
    root = parse(DATA, GOOD).root
    assert root is not None
    tree = copy.deepcopy(root.plain())
    places: list[tuple[Any, Any]] = []
    pending = [tree]
    while pending:
        held = pending.pop()
        names = list(held) if isinstance(held, dict) else list(range(len(held)))
        places += [(held, name) for name in names]
        pending += [held[name] for name in names if isinstance(held[name], (dict, list))]
    for share in (where, also):
        held, name = places[int(share * (len(places) - 1))]
        held[name] = planted
    try:
        text = yaml.dump(tree, allow_unicode=True, sort_keys=False, Dumper=yaml.SafeDumper)
        data = text.encode()
    except (yaml.YAMLError, UnicodeEncodeError):
        return
    assert isinstance(read(data), (Break, BadSpec))


sample = settings(max_examples=150, suppress_health_check=list(HealthCheck))
full = settings(max_examples=10_000, suppress_health_check=list(HealthCheck))


@sample
@given(edits)
def test_mangled_bytes(changes: list[tuple[float, str, bytes, int]]) -> None:
    check_bytes(changes)


@sample
@given(st.floats(0, 1), values, st.floats(0, 1))
def test_planted_values(where: float, planted: Any, also: float) -> None:
    check_tree(where, planted, also)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    assert isinstance(read(data), BadSpec)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edits)
def test_a_card_never_fails(tmp_path: Path, changes: list[tuple[float, str, bytes, int]]) -> None:
    folder = tmp_path / "90-forget"
    folder.mkdir(exist_ok=True)
    (folder / "break.yaml").write_bytes(mangled(DATA, changes))
    card = card_of(folder, Root("p", tmp_path, "added"))
    assert card.broken or card.title


def name(number: int) -> str:
    """One of many names that look alike, which is what costs a did-you-mean most."""
    return f"{number:040b}".replace("0", "a").replace("1", "b")


TEXT = DATA.decode()
MANY = "".join(f"  {name(i)}: a\n" for i in range(1, 8000, 4))
LARGE = {
    "rivals": TEXT.replace("rivals:\n", "rivals:\n" + MANY),
    "controls": TEXT.replace("rivals:\n", "rivals:\n" + MANY).replace(
        "controls:\n",
        "controls:\n"
        + "".join(
            f"  c{i}: {{on: broken, args: {{a: 1}}, measure: {{metric: loss}}, expect: {{nan: true}},"
            f" predicts: {{{name(i)}: {{nan: true}}, {name(i + 1)}: {{}}}}}}\n"
            for i in range(2, 3000, 4)
        ),
    ),
    "unknown keys": TEXT + "".join(f"{name(i)}: 1\n" for i in range(15_000)),
    "near keys": TEXT + "".join(f"predictons{i}: 1\n" for i in range(15_000)),
    "bad items": TEXT.replace("hints:\n", "hints:\n" + "  - 1\n" * 19_000),
    "numbers as text": TEXT.replace("lr: 1.0e-2", "lr: [" + "1e-3," * 19_000 + "1]"),
    "long diff": TEXT.replace("-        return x + h\n", "-        return x + h\n" + "  +x\n" * 180_000, 1),
    "deep and long keys": TEXT.replace(
        "lr: 1.0e-2", "lr: " + f"{{{'k' * 98}: " * 90 + "[" + "1," * 15_000 + "1]" + "}" * 90
    ),
}


@pytest.mark.parametrize("what", LARGE)
def test_large_specs_end_soon(what: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert isinstance(read(LARGE[what].encode()), (Break, BadSpec))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.exhaustive
def test_twenty_thousand_mutated_specs() -> None:
    ran = 0

    @full
    @given(edits)
    def by_bytes(changes: list[tuple[float, str, bytes, int]]) -> None:
        nonlocal ran
        ran += 1
        check_bytes(changes)

    @full
    @given(st.floats(0, 1), values, st.floats(0, 1))
    def by_tree(where: float, planted: Any, also: float) -> None:
        nonlocal ran
        ran += 1
        check_tree(where, planted, also)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    by_bytes()
    by_tree()
    assert ran >= 20_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 500_000  # kilobytes on Linux; hypothesis itself keeps a few hundred bytes an example


SPANISH = (GOOD.parent / "es.yaml").read_bytes()
OLD = (GOOD.parent.parent / "format-1" / "break.yaml.txt").read_bytes()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits)
def test_mangled_translations(changes: Any) -> None:
    packed = Kept(DATA, {"es": mangled(SPANISH, changes)}).packed()
    assert isinstance(read(packed), (Break, BadSpec))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits)
@example([(0.0, "insert", b"", 0), (0.75, "insert", b"\t", 0)])  # libyaml reads it, PyYAML's own reader does not
@example([((OLD.index(b"pread: {") + 0.5) / len(OLD), "insert", b"\t", 0)])  # a name is suggested: a printable one
def test_mangled_files_of_the_format_before(changes: Any) -> None:
    assert isinstance(read(mangled(OLD, changes)), (Break, BadSpec))


@pytest.mark.parametrize("text", ["".join(f"  {name(i)}: a\n" for i in range(9_000)), "  ? [a]\n", "  - a\n"])
def test_translations_that_know_many_names_end_soon(text: str) -> None:
    for section in ("rivals", "predictions", "hints", "made_from", "nothing"):
        packed = Kept(DATA, {"es": f"{section}:\n{text}".encode()}).packed()
        assert isinstance(read(packed), (Break, BadSpec))
