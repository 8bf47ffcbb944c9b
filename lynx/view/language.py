"""The language of the screens: which one, its messages, its numbers.

Standard library only: every command goes through here. Messages are gettext templates with `{field}` places;
the catalogues lie in `locale/`, compiled, and are made by `python -m lynx.view.locale.update`.
"""

from __future__ import annotations

import gettext
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.content.words import TAG, told_in
from lynx.errors import N_, SOURCE_LANGUAGE, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOCALE = Path(__file__).parent / "locale"

_translations: gettext.NullTranslations = gettext.NullTranslations()
_language = SOURCE_LANGUAGE


def languages() -> tuple[str, ...]:
    """The languages that the screens speak: the one of the source, and every one that has a catalogue."""
    found = sorted(path.name for path in LOCALE.iterdir() if (path / "LC_MESSAGES/lynx.mo").is_file())
    return (SOURCE_LANGUAGE, *found)


def choose_language(
    option: str | None, environ: Mapping[str, str], translated: Callable[[str], bool] = lambda _: False
) -> str:
    """The language to speak: `--lang`, LYNX_LANG, the locale (LC_ALL, LC_MESSAGES, LANG), else the source's.

    A language without a catalogue will do where `translated` knows a break in it; the screens around it stay
    in the language of the source. Raises Refused when `--lang` or LYNX_LANG name one that nothing is in.
    """
    asked = ((option, "--lang"), (environ.get("LYNX_LANG"), "LYNX_LANG"))
    for value, source in asked:
        if not value:
            continue
        tags = (tag for tag in _tags(value) if re.fullmatch(TAG, tag) and translated(tag))
        if found := _known(value) or next(tags, None):
            return found
        raise Refused(
            N_("Lynx does not speak “{language}”, which {source} asks for."),
            code="unknown-language",
            remedy=N_("Choose one of: {languages}"),
            language=value,
            source=source,
            languages=", ".join(languages()),
        )
    # the first one set decides, as POSIX has it, even when Lynx does not speak it
    value = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return _known(value) or SOURCE_LANGUAGE


def _known(value: str) -> str | None:
    if not value:
        return None
    there = languages()
    return next((tag for tag in _tags(value) if tag in there), None)


def _tags(value: str) -> list[str]:
    """A language as somebody writes it (es_MX.UTF-8, pt-br) as tags: the whole one, then the language alone."""
    bare = value.strip().partition(".")[0].partition("@")[0]
    name, _, region = bare.replace("_", "-").partition("-")
    tags = [f"{name.lower()}-{region.upper()}"] if region else []
    return [*tags, name.lower()]


def use(language: str) -> None:
    """Speak `language` from now on; the source's own where it has no catalogue."""
    global _translations, _language  # gettext's own convention: one process speaks one language at a time
    _language = language
    _translations = gettext.NullTranslations()
    if language != SOURCE_LANGUAGE:
        wanted = [language, language.partition("-")[0]]
        _translations = gettext.translation("lynx", LOCALE, languages=wanted, fallback=True)


def language() -> str:
    """The language in force."""
    return _language


def _(message: str) -> str:
    """`message` in the language in force."""
    return _translations.gettext(message) if message else ""


def ngettext(one: str, many: str, n: int) -> str:
    """`one` or `many`, whichever the language in force uses of `n` things."""
    return _translations.ngettext(one, many, n)


def text_of(text: Mapping[str, str] | None) -> str:
    """The text in the language in force, else in the one it was written in."""
    return told_in(text, _language) if text else ""


# -- numbers -------------------------------------------------------------------------------------


def number(value: float | str | None, digits: int = 3) -> str:
    """A number as the language writes it: `digits` significant figures, 9e-11 for the very small, NaN, ∞.

    A value just below 1 keeps its nines (0.999999), since how close it is to 1 is what is being said.
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return option(value)
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**6):
        return str(int(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return decimal(_plain(float(value), digits))


def _plain(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    if 1 - 0.5 * 10**-digits <= abs(value) < 1:
        shown = f"{abs(value):.6f}".rstrip("0")
        sign = "-" if value < 0 else ""
        return f"{sign}{shown}" if not shown.startswith("1") else f"{sign}>0.999999"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -3 <= power <= 4:
        shown = f"{value:.{max(digits - 1 - power, 0)}f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{power}"


def decimal(text: str) -> str:
    """A number already written with a point, as the language in force writes it."""
    written = _("0.5")  # translators: half of one, with the decimal sign of your language
    return text.replace(".", written[1]) if len(written) == 3 else text


def never(value: float, first_step: bool) -> str:
    """A step at which something first happened; infinity means that it did not."""
    if first_step and math.isinf(value) and value > 0:
        return _("never")
    return number(value)


def drawn(curve: Mapping[int, float]) -> str:
    """A curve, value by value."""
    return ", ".join(f"{step}: {number(value)}" for step, value in curve.items())


def seconds(value: float) -> str:
    """A duration: 0.4 s, 12 s, 3 min."""
    if value < 10:
        return _("{n} s").format(n=number(round(value, 1)))
    if value < 100:
        return _("{n} s").format(n=round(value))
    return _("{n} min").format(n=round(value / 60))


def option(name: str) -> str:
    """An answer as it is shown: yes, no and the numbers are translated, other options are the author's."""
    if name in ("nan", "inf", "-inf"):
        return number(float(name))
    return {"yes": _("yes"), "no": _("no")}.get(name, name)
