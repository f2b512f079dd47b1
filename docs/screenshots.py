"""Photographs pages of the gallery at work, in Chromium, for README: `make figures`."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from benchmarks.pages import READY, gallery
from zoo.recipes.digit_images import FOLDER as DIGITS

WIDTH, HEIGHT, GAP = 720, 940, 16


def _typed(text: str, button: str | None = None) -> Callable[[Page], None]:
    def use(page: Page) -> None:
        page.fill("#input", text)
        if button is not None:
            page.get_by_role("button", name=button).click()

    return use


def _dropped(page: Page) -> None:
    page.set_input_files("#file", DIGITS / "3.png")


def _written(page: Page) -> None:
    page.get_by_role("button", name="appendix.json").click()


PAGES: dict[str, Callable[[Page], None]] = {
    "blstm-tagger-gum": _typed("Time flies like an arrow. She can't have read it yet."),
    "translator-multi30k-de-en": _typed("Ein Mann mit einem Hut spielt Gitarre.", "Translate"),
    "handwriting-unipen": _written,
    "seq-mnist": _dropped,
    "glimpse-mnist": _dropped,
    "captioner-flickr8k": lambda page: None,
    "ntm-copy": lambda page: None,
    "peephole-counting": _typed("aaaaaaaabbbbbbbb"),
    "char-lm-shakespeare": _typed("ROMEO:", "Go on"),
}


def photographs() -> list[Image.Image]:
    shots = []
    with gallery(WIDTH, HEIGHT) as (page, address):
        for name, use in PAGES.items():
            page.goto(f"{address}/{name}.html")
            page.wait_for_selector(READY, timeout=60_000)
            use(page)
            page.wait_for_timeout(3000)
            shots.append(Image.open(BytesIO(page.screenshot())).convert("RGB"))
    return shots


def tiled(images: list[Image.Image], columns: int = 3) -> Image.Image:
    """Images of one size, side by side."""
    rows = -(-len(images) // columns)
    across, down = WIDTH + GAP, HEIGHT + GAP
    sheet = Image.new("RGB", (columns * across + GAP, rows * down + GAP), "#b8bec6")
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        sheet.paste(image, (column * across + GAP, row * down + GAP))
    return sheet


if __name__ == "__main__":
    sheet = tiled(photographs())
    small = sheet.resize((sheet.width * 2 // 3, sheet.height * 2 // 3), Image.Resampling.LANCZOS)
    small.quantize(128).save(Path(__file__).parent / "gallery.png", optimize=True)
