from __future__ import annotations

import math
import struct
from dataclasses import replace
from pathlib import Path

import view_samples as samples

from lynx.truth.measures import Ended, Run
from lynx.view.language import use
from lynx.view.pictures import png


def size_of(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", data[16:24])  # type: ignore[return-value]


def test_every_picture_is_drawn_on_white(tmp_path: Path) -> None:
    from matplotlib import image

    names = png.draw(samples.ran("healthy", "broken", "yours"), tmp_path / "notes", "break-00-1")
    assert names == [f"break-00-1-{n}.png" for n in ("loss", "gradients", "collapse", "weights")]
    assert sorted(p.name for p in (tmp_path / "notes").iterdir()) == sorted(names)  # no temporary file stays
    for name in names:
        path = tmp_path / "notes" / name
        assert size_of(path) == (1080, 600)
        pixels = image.imread(path)
        assert pixels[2, 2, :3].min() > 0.99
        share_of_ink = (pixels[:, :, :3].min(axis=2) < 0.6).mean()
        assert 0.005 < share_of_ink < 0.3


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        png.draw(samples.ran(), tmp_path / folder, "x")
    assert (tmp_path / "a" / "x-loss.png").read_bytes() == (tmp_path / "b" / "x-loss.png").read_bytes()


def test_only_what_was_recorded_is_drawn_and_nan_is_no_obstacle(tmp_path: Path) -> None:
    loss = samples.scalar({0: 2.0, 1: math.nan, 2: math.nan})
    run = Run("broken", 0, Ended.FINISHED, {"loss": loss})
    use("es")
    ran = replace(samples.ran(), runs={"broken": (run,), "baseline": (run,)})
    assert png.draw(ran, tmp_path, "x") == ["x-loss.png"]
