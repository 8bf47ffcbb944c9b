from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import view_samples as samples

from lynx.errors import Refused
from lynx.loop.stages import Stage
from lynx.truth.measures import Ended, Run
from lynx.view import report
from lynx.view.language import use
from tests.conftest import HANGS

VOID = {"meta", "input", "br", "link", "img", "hr"}
LANDMARKS = {"header", "main", "nav", "footer", "article"}


class Page(HTMLParser):
    """The page as a reader of markup sees it; refuses what is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text += data


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_is_whole_and_asks_nothing_of_the_network(lang: str) -> None:
    use(lang)
    text = report.page(samples.report())
    page = Page(text)
    assert dict(page.tags[0][1])["lang"] == lang
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", text)
    assert "default-src 'none'" in text
    assert {tag for tag, _ in page.tags} >= LANDMARKS
    idents = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(idents) == len(set(idents))
    assert [tag for tag, _ in page.tags if tag == "h1"] == ["h1"]
    links = {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    assert links <= {f"#{ident}" for ident in idents}


def test_what_is_known_is_on_the_page() -> None:
    text = " ".join(Page(report.page(samples.report())).text.split())
    for said in (
        "< 1e-7", "because: 50 factors", "90 %", "1e-7", "9.4", "never", "4e-4",
        "refuted (0 of 3)", "refuted (0 of 10)", "holds (3 of 3)", "2 of 3 hints", "the gradient dies",
        "The blocks no longer add their input.", "return x + h", "step-size", "3 seeds, provisional",
    ):  # fmt: skip
        assert said in text, said


def test_what_is_not_earned_is_not_on_the_page() -> None:
    chapter = samples.chapter(stage=Stage.FIXING, hidden_cause=None, fix=None, explanation="")
    text = report.page(samples.report(chapter))
    assert "no longer add" not in text
    assert "return x + h" not in text
    assert "NaN within 50" not in text  # claims are part of the story that comes at the end


def test_learner_text_cannot_become_markup() -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)> $title \x1b[31m & \"'"
    one = replace(samples.scored()[0], written=hostile, because=hostile)
    runs = tuple(replace(samples.run_of(v), series={hostile: samples.loss_of(v)}) for v in ("healthy",))
    chapter = samples.chapter(
        scored=(one,), explanation=hostile, title={"en": hostile}, runs=runs, fix=hostile
    )
    text = report.page(replace(samples.report(chapter), learner=hostile))
    page = Page(text)
    assert "img" not in {tag for tag, _ in page.tags}
    assert "alert(1)" not in text.split("</main>")[1].replace("&lt;", "<").split("<footer>")[1]
    assert page.text.count("<img src=x onerror=alert(1)> $title \\x1b[31m") >= 4
    assert "\x1b" not in text


def test_charts_carry_their_readings() -> None:
    text = report.page(samples.report(samples.chapter()))
    data = [json.loads(m) for m in re.findall(r'<script type="application/json">(.*?)</script>', text)]
    loss = data[0]
    assert len(loss["readings"]) == len(loss["places"]) == samples.STEPS
    assert loss["places"] == sorted(loss["places"])
    assert loss["readings"][100] == "step 100: healthy 0.00162 · broken 1.62 · yours 0.00162"
    layers = data[2]["readings"]
    assert any(r.startswith("step 100, block 1: healthy 0.0999 · broken 9.4e-12") for r in layers)


def test_nan_losses_are_drawn_as_far_as_they_go() -> None:
    run = Run("broken", 0, Ended.FINISHED, {"loss": samples.scalar({0: 2.0, 1: 3.0, 2: math.nan})})
    text = report.page(samples.report(samples.chapter(runs=(run,))))
    assert "broken is NaN from 2 on" in text
    none = Run("broken", 0, Ended.FINISHED, {"loss": samples.scalar({0: math.nan})})
    Page(report.page(samples.report(samples.chapter(runs=(none,)))))


def test_writing_replaces_the_page_whole_or_says_why_not(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "report.html"
    report.write(samples.report(), path)
    report.write(samples.report(), path)
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refused, match="cannot be written"):
        report.write(samples.report(), tmp_path / "file" / "report.html")


# -- in a real browser ---------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


def chromium(folder: Path, *arguments: str) -> str:
    assert CHROMIUM
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=HANGS).stdout


@needs_browser
def test_a_browser_runs_the_page(tmp_path: Path) -> None:
    """The script runs under the page's own policy: it shows the sliders, and moving one moves the reading."""
    path = tmp_path / "report.html"
    report.write(samples.report(samples.chapter()), path)
    probe = """
    <script>
      const seen = {};
      const chart = document.querySelector("#c1-loss"), slider = chart.querySelector("input");
      seen.script = !document.body.classList.contains("no-script");
      slider.value = 100; slider.dispatchEvent(new Event("input"));
      seen.reading = chart.querySelector(".reading").textContent;
      seen.spoken = slider.getAttribute("aria-valuetext");
      const layers = document.querySelector("#c1-gradient"), frames = [...layers.querySelectorAll(".frame")];
      const drawn = (g) => getComputedStyle(g).display !== "none";
      layers.querySelector("input").value = 0;
      layers.querySelector("input").dispatchEvent(new Event("input"));
      seen.frames = frames.map(drawn);
      seen.wide = document.documentElement.scrollWidth <= window.innerWidth;
      document.title = JSON.stringify(seen);
    </script></body>"""
    path.write_text(path.read_text(encoding="utf-8").replace("</body>", probe), encoding="utf-8")
    page = chromium(tmp_path, "--window-size=375,800", "--dump-dom", path.as_uri())
    match = re.search(r"<title>(\{.*?\})</title>", page)
    assert match, page[:2000]
    seen = json.loads(match[1].replace("&quot;", '"').replace("&amp;", "&"))
    assert seen["script"]
    assert seen["wide"]
    assert seen["reading"] == seen["spoken"] == "step 100: healthy 0.00162 · broken 1.62 · yours 0.00162"
    assert seen["frames"][0]
    assert not any(seen["frames"][1:])


@needs_browser
def test_a_browser_prints_the_page(tmp_path: Path) -> None:
    path, printed = tmp_path / "report.html", tmp_path / "report.pdf"
    report.write(samples.report(), path)
    chromium(tmp_path, f"--print-to-pdf={printed}", "--no-pdf-header-footer", path.as_uri())
    data = printed.read_bytes()
    assert data.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    assert 2 <= pages <= 8
