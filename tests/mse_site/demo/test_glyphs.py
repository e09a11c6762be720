import json

import numpy as np
from PIL import Image

from mse_site.demo.glyphs import ASSETS, CELL_PX, by_name, load_glyphs, load_sheet, sprite
from mse_site.demo.pack import read_names


def test_there_are_about_five_hundred_things_and_each_has_one_name() -> None:
    assert 480 <= len(load_glyphs()) <= 520
    assert len(by_name()) == len(load_glyphs())


def test_every_thing_has_a_drawing_and_every_drawing_a_thing() -> None:
    sheet = load_sheet()
    cells = [cell for glyph in load_glyphs() for cell in glyph.cells]
    assert cells == list(range(len(cells)))
    covered = (sheet[: len(cells), :, :, 3] > 0).mean(axis=(1, 2))
    assert covered.min() > 0.02
    assert not np.any(sheet[len(cells) :, :, :, 3])


def test_no_two_drawings_are_the_same() -> None:
    cells = sum(len(glyph.cells) for glyph in load_glyphs())
    small = {Image.fromarray(drawing).convert("RGBA").resize((16, 16)).tobytes() for drawing in load_sheet()[:cells]}
    assert len(small) == cells


def test_a_sprite_is_square_and_transparent_around_the_edges() -> None:
    cat = sprite(by_name()["cat"].cells[0])
    assert cat.size == (CELL_PX, CELL_PX)
    assert cat.mode == "RGBA"
    assert cat.getchannel("A").getpixel((0, 0)) == 0


def test_the_list_of_names_is_what_was_packed() -> None:
    packed = json.loads((ASSETS / "glyphs.json").read_text(encoding="utf-8"))
    assert packed == read_names(ASSETS / "names.txt")


def test_the_sheet_is_small_enough_to_ship() -> None:
    assert (ASSETS / "glyphs.webp").stat().st_size <= 3_000_000


def test_drawings_and_typefaces_are_credited_with_their_licence() -> None:
    credits = (ASSETS / "LICENCES.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in credits
    for path in [*ASSETS.glob("*.woff"), ASSETS / "glyphs.webp"]:
        assert path.name in credits


def test_the_edges_of_a_drawing_keep_its_colours() -> None:
    ghost = np.asarray(sprite(by_name()["ghost"].cells[0])).astype(int)
    edge = (ghost[..., 3] > 30) & (ghost[..., 3] < 200)
    assert edge.sum() > 50
    assert np.median(ghost[edge][:, :3]) > 170
