"""`lynx mcp`, driven by the protocol's own client library over a real child's standard input and output."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lynx.cli.tools import TOOLS, line_of, tool_named
from lynx.content.catalog import data_dir
from lynx.content.reading.known import read_break
from lynx.errors import Refused
from tests import program
from tests.conftest import HANGS, clean_environ
from tests.docs.tour import ANSWERS, BUG, HEALTHY, TARGET, WRONG

ROOT = data_dir("starter").parents[1]
COMMON = {"--lang": "en", "--repo": "/home/ada/course"}


@dataclass
class Agent:
    """One connection; `heard` is everything that came over it."""

    client: Any
    heard: list[str] = field(default_factory=list)

    async def call(self, name: str, /, *, refused: bool = False, **arguments: Any) -> dict[str, Any]:
        """What a tool said; `refused` is whether it is a tool error."""
        result = await self.client.call_tool(name, arguments, progress_callback=self.progress)
        self.heard.append(result.model_dump_json())
        (text,) = result.content
        assert json.loads(text.text) == result.structured_content
        assert bool(result.is_error) is refused, text.text
        return result.structured_content

    async def refusal(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The error of a call that is refused: a code, a message and a remedy."""
        error = (await self.call(name, refused=True, **arguments))["error"]
        assert error["message"]
        assert error["remedy"]
        return error

    async def progress(self, _progress: float, _total: float | None, message: str | None) -> None:
        self.heard.append(message or "")


@dataclass(frozen=True)
class Course:
    """A workspace with break 03 under way, and who is at home there."""

    home: Path
    top: Path

    @property
    def env(self) -> dict[str, str]:
        return clean_environ(self.home, PYTHONPATH=str(ROOT))

    def lynx(self, *words: str) -> program.Said:
        return program.run(*words, cwd=self.top, env=self.env)

    def edit(self, old: str, new: str) -> None:
        path = self.top / TARGET
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    def play(self, script: Callable[[Agent], Awaitable[None]]) -> list[str]:
        """Everything that an agent hears while it follows `script`."""
        anyio, mcp = pytest.importorskip("anyio"), pytest.importorskip("mcp")
        server = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "lynx", "mcp"], env=self.env, cwd=self.top
        )

        async def connect() -> list[str]:
            with anyio.fail_after(HANGS):
                async with mcp.stdio_client(server) as streams, mcp.ClientSession(*streams) as client:
                    agent = Agent(client)
                    agent.heard.append((await client.initialize()).model_dump_json())
                    await script(agent)
            return agent.heard

        heard: list[str] = anyio.run(connect)
        return heard


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path, tmp_path)
    assert made.lynx("init", "course", "--learner", "ada").code == 0
    return Course(tmp_path, tmp_path / "course")


def test_an_agent_plays_a_break_and_is_told_nothing_before_it_is_fixed(course: Course) -> None:
    told: list[str] = []

    async def script(agent: Agent) -> None:
        tools = await agent.client.list_tools()
        agent.heard.append(tools.model_dump_json())
        names = {tool.name for tool in tools.tools}
        assert names == {"status", "predict", "run", "show", "control", "hint", "verify"}
        assert (await agent.refusal("reveal"))["code"] == "unknown-tool"

        assert (await agent.refusal("predict"))["code"] == "no-break"  # it is begun at the terminal
        assert course.lynx("break", "03").code == 0
        stands = await agent.call("status")
        assert (stands["break"], stands["stage"]) == ("03", "predicting")
        asked = await agent.call("predict")
        assert [one["id"] for one in asked["predictions"]] == list(ANSWERS)
        assert (await agent.refusal("run"))["code"] == "predictions-missing"
        assert (await agent.refusal("verify"))["code"] == "not-yet"
        bad = await agent.refusal("predict", id="P1", answer="plenty", sure=70, because="a guess")
        assert bad["code"] == "bad-answer"
        for left, (name, value) in zip((3, 2, 1, 0), ANSWERS.items(), strict=True):
            kept = await agent.call("predict", id=name, answer=value, sure=70, because="a guess")
            assert (kept["id"], len(kept["missing"])) == (name, left)

        ran = await agent.call("run", seeds=1)
        assert [one["written"] for one in ran["predictions"]] == list(ANSWERS.values())
        late = await agent.refusal("predict", id="P1", answer="1", sure=70, because="now I know")
        assert late["code"] == "not-yet"
        tested = await agent.call("control", name="negative-weight", expect="product", sure=70)
        assert "product" in tested["survived"]

        assert (await agent.call("hint"))["opened"]
        assert not (await agent.call("hint"))["opened"]  # one a try, and there is no way round it
        assert (await agent.refusal("hint", anyway=True))["code"] == "usage"
        course.edit(BUG, WRONG)
        assert (await agent.call("verify"))["verdict"] != "fixed"
        assert (await agent.call("hint"))["level"] == 2
        told.extend(agent.heard)
        course.edit(WRONG, HEALTHY)
        assert (await agent.call("verify"))["verdict"] == "fixed"
        assert (await agent.refusal("explain", text="The plus."))["code"] == "unknown-tool"

    course.play(script)
    page = read_break(data_dir("breaks") / "10/03-gradient-test", {})
    answer = ["".join(one.split()) for one in (HEALTHY, page.diff, *sentences(page.hidden_cause))]
    heard = "".join("".join(told).split())
    assert len(answer) > 2
    assert not [one for one in answer if one in heard]


def sentences(text: Any) -> list[str]:
    """Every sentence of a text, without what it stands on."""
    plain = re.sub(r"\[[^\]]*\]", "", " ".join(str(text["en"] if not isinstance(text, str) else text).split()))
    found = [one.strip() for one in re.split(r"(?<=[.!?])\s+", plain)]
    return [one for one in found if len(one) > 20]


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
def test_every_tool_is_a_command_with_these_arguments(tool: str) -> None:
    values = {"text": "x", "number": 3, "texts": ["a=1", "b=2"]}
    one = tool_named(tool)
    line = line_of(one, {arg.name: values[arg.kind] for arg in one.arguments}, COMMON)
    assert line[:4] == [tool, "--json", "--lang=en", "--repo=/home/ada/course"]
    said = program.run(*line, cwd=ROOT, env=clean_environ(Path("/nonexistent")))
    assert json.loads(said.out).get("error", {}).get("code") != "usage"


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("hint", {"anyway": True}),
        ("hint", {"level": True}),
        ("hint", {"level": "2"}),
        ("run", {"set": "steps=4"}),
        ("show", {"metric": "loss\0"}),
        ("show", {"metric": "\ud800"}),
        ("show", {"metric": "x" * 200_000}),
        ("predict", {"id": ["P1"]}),
    ],
)
def test_an_argument_that_a_command_cannot_carry_is_refused(tool: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        line_of(tool_named(tool), given, COMMON)
    assert refused.value.code == "usage"


def test_no_value_becomes_an_option() -> None:
    line = line_of(tool_named("show"), {"metric": "--repo=/elsewhere", "variant": "--anyway"}, COMMON)
    assert line[-3:] == ["--variant=--anyway", "--", "--repo=/elsewhere"]


def test_without_the_package_the_installation_is_named(tmp_path: Path) -> None:
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp/__init__.py").write_text("raise ImportError('not here')\n")
    env = clean_environ(tmp_path, PYTHONPATH=f"{tmp_path}:{ROOT}")
    said = program.cold("mcp", cwd=tmp_path, env=env)
    assert (said.code, said.out) == (2, "")
    assert "pip install 'lynx-tutor[mcp]'" in said.err
