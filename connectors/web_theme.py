"""How the web page and its widget look and greet: one small JSON file, the Center's own where no other is named.

    {"logo": "mark.svg",
     "colours": {"primary", "deep", "soft", "dark_primary", "dark_deep", "dark_soft", "dark_accent"},
     "vi": {"name", "center", "label", "greeting"}, "en": {the same}}

A file says only what differs.  `logo` is an SVG or PNG file beside it.  Colours are `#rrggbb`, and those that carry
text must be readable on what they lie on: 4.5:1, as WCAG 2.2 asks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connectors.web_files import PAGE
from knowledge_base.errors import ErrorCode, Misconfigured

SETTING = "TTHC_WEB_THEME"
LOGO_LIMIT = 20_000  # bytes; the logo counts in what a page on a slow network waits for
READABLE = 4.5
# grounds of tokens.css and contrast.css that a theme does not change
_LIGHT, _DARK = ("#ffffff", "#eef3f9", "#f4f7fb"), ("#0b1524", "#14233a", "#0f1c30")

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]


def _line(most: int) -> Any:
    return Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=most)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Colours(_Strict):
    primary: Colour  # buttons, own bubbles, headings
    deep: Colour  # the header
    soft: Colour  # the ground of what is marked
    dark_primary: Colour
    dark_deep: Colour
    dark_soft: Colour
    dark_accent: Colour  # headings and links on dark grounds


class Words(_Strict):
    name: _line(60)  # type: ignore[valid-type]
    center: _line(120)  # type: ignore[valid-type]
    label: _line(30)  # type: ignore[valid-type]  # beside the widget's button
    greeting: _line(400)  # type: ignore[valid-type]


class Theme(_Strict):
    logo: str = Field(pattern=r"^[A-Za-z0-9_-]+\.(svg|png)$")
    colours: Colours
    vi: Words
    en: Words


@dataclass(frozen=True)
class Brand:
    """A theme with its logo read."""

    theme: Theme
    logo: bytes

    def words(self, language: Literal["vi", "en"] | str) -> Words:
        return self.theme.en if language == "en" else self.theme.vi

    def strings(self, language: str, table: dict[str, Any]) -> dict[str, Any]:
        """The page's words in a language, the theme's own put in."""
        words = self.words(language)
        return table | {
            "header": table["header"] | {"center": words.center, "name": words.name},
            "greeting": table["greeting"] | {"text": words.greeting},
            "widget": table["widget"] | {"label": words.label},
        }

    def css(self) -> str:
        """The theme's colours as the tokens of tokens.css."""
        light = _tokens(self.theme.colours, "", accent=self.theme.colours.primary)
        dark = _tokens(self.theme.colours, "dark_", accent=self.theme.colours.dark_accent)
        return (
            f":root {{ {light} }}\n"
            f':root[data-theme="dark"] {{ {dark} }}\n'
            f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        )


def load_brand(path: str | Path = "") -> Brand:
    """The brand of a theme file; empty: the Center's.

    Raises:
        Misconfigured: names the setting and the value that cannot be used.
    """
    given = json.loads((PAGE / "theme.json").read_bytes())
    folder = PAGE
    if path:
        folder = Path(path).parent
        try:
            own = json.loads(Path(path).read_bytes())
        except (OSError, ValueError) as error:
            raise _bad("file", type(error).__name__) from None
        if not isinstance(own, dict):
            raise _bad("file", "not an object")
        if "logo" not in own:
            folder = PAGE
        given = _over(given, own)
    try:
        theme = Theme.model_validate(given)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise _bad("; ".join(lines)) from None
    _check_contrast(theme.colours)
    return Brand(theme, _read_logo(folder / theme.logo))


def _over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {key: _over(base[key], value) for key, value in own.items() if _groups(base.get(key), value)}
    return base | own | both


def _groups(*values: object) -> bool:
    return all(isinstance(value, dict) for value in values)


def _check_contrast(colours: Colours) -> None:
    pairs = [
        *((name, "#ffffff") for name in ("primary", "dark_primary")),
        *((name, "#cfe0f5") for name in ("deep", "dark_deep")),
        ("soft", "#14233a"),
        ("dark_soft", "#e8eef7"),
        *(("primary", ground) for ground in (*_LIGHT, colours.soft)),
        *(("dark_accent", ground) for ground in (*_DARK, colours.dark_soft)),
    ]
    for name, ground in pairs:
        ratio = contrast(getattr(colours, name), ground)
        if ratio < READABLE:
            raise _bad(f"colours.{name}", f"{ratio:.1f}:1 against {ground}, less than {READABLE}:1")


def contrast(one: str, other: str) -> float:
    """Contrast of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _tokens(colours: Colours, prefix: str, accent: str) -> str:
    primary, deep, soft = (getattr(colours, prefix + name) for name in ("primary", "deep", "soft"))
    tokens = {"navy": primary, "mine": primary, "navy-deep": deep, "navy-soft": soft, "accent": accent}
    return " ".join(f"--{name}: {value};" for name, value in tokens.items())


def _read_logo(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _bad("logo", type(error).__name__) from None
    if len(content) > LOGO_LIMIT:
        raise _bad("logo", f"larger than {LOGO_LIMIT} bytes")
    if not (content.startswith(b"\x89PNG") if path.suffix == ".png" else b"<svg" in content[:1000]):
        raise _bad("logo", f"not a {path.suffix[1:]} image")
    return content


def _bad(*parts: str) -> Misconfigured:
    return Misconfigured(ErrorCode.MISCONFIGURED, ": ".join((SETTING, *parts)))
