"""`lynx mcp`: the loop's commands as tools of the Model Context Protocol, over standard input and output.

A call is that tool's own command, with `--json`, in a process of its own: what a learner's command refuses is refused
here, in the same words, and nothing is known here that could be told. Standard output is the protocol's. Calls run one
after the other, for a workspace has one lock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from lynx import __version__
from lynx.cli.tools import TOOLS, line_of, tool_named
from lynx.errors import N_, Fault, LynxError, Refused
from lynx.view.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.cli.world import World

BEAT = 2.0  # seconds between two words of progress: a client that hears nothing gives up
RULES = N_(
    "Lynx is a tutor: predict, then run. The learner begins a break at their terminal (lynx break), which puts one "
    "bug into one file of theirs; these tools play it. Order: status, predict (each question, honestly), run, show "
    "and control to test ideas, hint when stuck, the fix as an edit of the file, verify. Nothing tells the answer "
    "before verify passes; the explanation afterwards is the learner's, at their terminal (lynx explain). An error "
    "says what is wrong and what to do."
)


def serve(world: World) -> None:
    """Serve until the client closes standard input. Raises Refused without the package, and at a terminal."""
    try:
        import anyio
        import mcp.types  # noqa: F401 - heavy, and an optional extra
    except ImportError as error:
        raise Refused(
            N_("Serving agents needs the package “mcp”."),
            code="no-mcp",
            remedy=N_("Install it: pip install 'lynx-tutor[mcp]'"),
        ) from error
    if sys.stdin.isatty():
        raise Refused(
            N_("This speaks a protocol with a program, and standard input is a terminal."),
            code="no-client",
            remedy=N_("Let your agent's client start it, with the command “lynx” and the argument “mcp”."),
        )
    anyio.run(_serve, common_options(world))


def common_options(world: World) -> dict[str, str]:
    """What each command is told of the world that the server was started in."""
    env = world.env
    given = {"--lang": env.lang, "--repo": env.repo, "--learner": env.learner}
    return {name: str(value) for name, value in given.items() if value is not None}


async def _serve(common: Mapping[str, str]) -> None:
    import anyio
    from mcp import types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    turn = anyio.Lock()

    async def listed(_context: Any, _params: Any) -> types.ListToolsResult:
        tools = [
            types.Tool(
                name=tool.name,
                description=_(tool.says),
                input_schema=tool.schema(),
                annotations=types.ToolAnnotations(read_only_hint=tool.looks, open_world_hint=False),
            )
            for tool in TOOLS
        ]
        return types.ListToolsResult(tools=tools)

    async def called(context: Any, params: Any) -> types.CallToolResult:
        try:
            words = line_of(tool_named(params.name), params.arguments or {}, common)
            async with turn:
                said = await _said(words, context.session)
        except LynxError as error:
            said = _as_json(error)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=json.dumps(said, ensure_ascii=False))],
            structured_content=said,
            is_error=isinstance(said.get("error"), dict),  # `verify` has a text of that name
        )

    server: Any = Server(
        "lynx", version=__version__, instructions=_(RULES), on_list_tools=listed, on_call_tool=called
    )
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


async def _said(words: list[str], session: Any) -> dict[str, Any]:
    """What the command prints; meanwhile the client hears that it goes on. A call that is taken back ends it."""
    import anyio

    async def beat() -> None:
        begun = anyio.current_time()
        while True:
            await anyio.sleep(BEAT)
            past = round(anyio.current_time() - begun)
            told = _("lynx {command}: {n} s").format(command=words[0], n=past)
            await session.report_progress(float(past), message=told)

    # -P: what lies in the learner's folder is no module of Lynx's
    command = [sys.executable, "-P", "-m", "lynx", *words]
    async with anyio.create_task_group() as both:
        both.start_soon(beat)
        done = await anyio.run_process(
            command, stdin=subprocess.DEVNULL, stderr=None, check=False, env=dict(os.environ)
        )
        both.cancel_scope.cancel()
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Fault(
            N_("lynx {command} ended with {status} and said nothing that can be read."),
            code="fault",
            remedy=N_("Ask for status; what was done is done."),
            command=words[0],
            status=done.returncode,
        ) from None
    return said


def _as_json(error: LynxError) -> dict[str, Any]:
    """An error of the server's own, in the form of a command's."""
    from lynx.view.error import to_json
    from lynx.view.terminal import SCHEMA

    return {"schema": SCHEMA, **to_json(error)}
