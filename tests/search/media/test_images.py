import subprocess
import sys
import textwrap
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from search.media import BadMedia, Kind, Limits, derive, load, probe
from search.media.images import TURNS
from tests.search.media.making import opened, png_bomb, png_chunk, saved, scene

STILLS = ("JPEG", "PNG", "WebP", "GIF", "AVIF", "BMP")


def mean_color(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> tuple[int, ...]:
    pixels = np.asarray(image.crop(box) if box else image, dtype=float)
    return tuple(int(value) for value in pixels.reshape(-1, pixels.shape[-1]).mean(axis=0))


def corners() -> Image.Image:
    """Red at the top left, green top right, blue bottom left, white bottom right; wider than high."""
    image = Image.new("RGB", (96, 64), "white")
    image.paste("red", (0, 0, 48, 32))
    image.paste("lime", (48, 0, 96, 32))
    image.paste("blue", (0, 32, 48, 64))
    return image


@pytest.mark.parametrize("format", STILLS)
def test_every_still_format_is_read(format):
    derived = derive(BytesIO(saved(scene(1), format.upper())))
    assert (derived.probe.format, derived.probe.kind, derived.probe.duration_ms) == (format, Kind.IMAGE, None)
    assert (derived.probe.width, derived.probe.height) == (320, 240)
    assert opened(derived.thumbnail).size == (320, 240)
    assert derived.frames == ()
    difference = np.asarray(opened(derived.thumbnail), dtype=float) - np.asarray(scene(1), dtype=float)
    assert np.abs(difference).mean() < 10


def test_a_thumbnail_is_512_px_on_its_longest_side_and_a_big_original_has_a_preview_of_1600():
    derived = derive(BytesIO(saved(scene(2, (2400, 1200)), "JPEG")))
    assert (derived.probe.width, derived.probe.height) == (2400, 1200)
    assert opened(derived.thumbnail).size == (512, 256)
    assert derived.preview is not None
    assert opened(derived.preview).size == (1600, 800)


def test_a_small_picture_is_not_enlarged_and_has_no_preview():
    derived = derive(BytesIO(saved(scene(2, (1600, 300)), "PNG")))
    assert derived.preview is None
    assert opened(derive(BytesIO(saved(scene(2, (40, 30)), "PNG"))).thumbnail).size == (40, 30)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    undo = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    stored = corners() if orientation == 1 else corners().transpose(TURNS[undo])
    exif = Image.Exif()
    exif[0x0112] = orientation
    derived = derive(BytesIO(saved(stored, "JPEG", exif=exif, quality=95, subsampling=0)))
    assert (derived.probe.width, derived.probe.height) == (96, 64)
    thumbnail = opened(derived.thumbnail)
    assert thumbnail.size == (96, 64)
    red, green = mean_color(thumbnail, (4, 4, 40, 24)), mean_color(thumbnail, (56, 4, 92, 24))
    assert red[0] > 200 > 60 > red[1]
    assert green[1] > 200 > 60 > green[0]


def test_nothing_but_pixels_is_left_in_what_is_derived():
    exif = Image.Exif()
    exif[0x010F] = "Camera of Alice"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(scene(3, (2000, 1000)), "JPEG", exif=exif, icc_profile=profile, xmp=b"<x>secret</x>", comment=b"Alice")
    assert b"Alice" in data
    derived = derive(BytesIO(data))
    assert derived.preview is not None
    for picture in (derived.thumbnail, derived.preview):
        image = opened(picture)
        assert not dict(image.getexif())
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)
        assert b"Alice" not in picture
        assert b"secret" not in picture


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_damaged_exif_block_does_not_cost_the_picture():
    data = saved(scene(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + b"\x99" * 40)
    assert probe(BytesIO(data)).width == 320


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "I;16"])
def test_every_pixel_format_becomes_the_colours_it_means(mode):
    image = Image.new("RGB", (1200, 900), (200, 200, 200))
    image.paste((40, 40, 40), (0, 450, 1200, 900))
    if mode == "I;16":
        stored = Image.fromarray(np.asarray(image.convert("L"), dtype=np.uint16) * 257)
        assert stored.mode == "I;16"
    else:
        stored = image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)
    data = saved(stored, "JPEG" if mode == "CMYK" else "PNG" if mode != "PA" else "WEBP")
    thumbnail = opened(derive(BytesIO(data)).thumbnail)
    upper, lower = mean_color(thumbnail, (50, 50, 450, 150)), mean_color(thumbnail, (50, 240, 450, 340))
    assert upper == pytest.approx((200, 200, 200), abs=8)
    # One bit a pixel: dithering lets the mean of a dark area drift further.
    assert lower == pytest.approx((40, 40, 40), abs=12)


def test_transparency_is_flattened_on_white():
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (25, 25, 75, 75))
    thumbnail = opened(derive(BytesIO(saved(image, "PNG"))).thumbnail)
    assert mean_color(thumbnail, (0, 0, 20, 20)) == pytest.approx((255, 255, 255), abs=3)
    assert mean_color(thumbnail, (35, 35, 65, 65)) == pytest.approx((200, 0, 0), abs=8)


def test_white_lettering_on_nothing_stays_visible():
    image = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (25, 25, 75, 75))
    thumbnail = opened(derive(BytesIO(saved(image, "PNG"))).thumbnail)
    assert mean_color(thumbnail, (0, 0, 20, 20))[0] < 80 < 240 < mean_color(thumbnail, (35, 35, 65, 65))[0]


def test_a_transparent_colour_of_a_palette_is_transparency():
    image = Image.new("P", (100, 100), 0)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.paste(1, (25, 25, 75, 75))
    thumbnail = opened(derive(BytesIO(saved(image, "PNG", transparency=0))).thumbnail)
    assert mean_color(thumbnail, (0, 0, 20, 20)) == pytest.approx((255, 255, 255), abs=3)


def swapped_profile() -> bytes:
    """A colour profile that calls blue what others call red: sRGB with two of its tags exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")


def test_a_colour_profile_is_applied():
    image = Image.new("RGB", (64, 64), (200, 0, 0))
    plain = mean_color(opened(derive(BytesIO(saved(image, "PNG"))).thumbnail))
    profiled = mean_color(opened(derive(BytesIO(saved(image, "PNG", icc_profile=swapped_profile()))).thumbnail))
    assert plain == pytest.approx((200, 0, 0), abs=8)
    assert profiled == pytest.approx((0, 0, 200), abs=8)


def test_a_broken_colour_profile_is_ignored():
    image = Image.new("RGB", (64, 64), (90, 90, 90))
    derived = derive(BytesIO(saved(image, "PNG", icc_profile=b"no profile at all")))
    assert mean_color(opened(derived.thumbnail)) == pytest.approx((90, 90, 90), abs=3)


def test_the_dominant_colour_is_that_of_the_largest_area():
    image = Image.new("RGB", (300, 200), (20, 60, 200))
    image.paste((250, 250, 250), (0, 0, 300, 70))
    color = derive(BytesIO(saved(image, "PNG"))).dominant_color
    assert [int(color[at : at + 2], 16) for at in (1, 3, 5)] == pytest.approx([20, 60, 200], abs=8)


def test_a_png_of_108_megapixels_is_read():
    derived = derive(BytesIO(png_bomb(12_000, 9_000)))
    assert (derived.probe.width, derived.probe.height) == (12_000, 9_000)
    assert opened(derived.thumbnail).size == (512, 384)


def test_108_megapixels_of_colour_with_alpha_need_less_than_a_gigabyte(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(png_bomb(12_000, 9_000, bits=8, color_type=6))
    script = """
        import sys
        from search.media import derive

        with open(sys.argv[1], "rb") as file:
            derive(file)
        # Not getrusage: its maximum begins with what the process that started this one used.
        with open("/proc/self/status") as status:
            print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(path)]
    used_kb = int(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
    assert used_kb < 1_000_000


@pytest.mark.parametrize("look", [probe, derive], ids=["probe", "derive"])
def test_a_png_of_900_megapixels_is_refused_by_its_header(look):
    with pytest.raises(BadMedia, match="30,000 x 30,000") as refusal:
        look(BytesIO(png_bomb(30_000, 30_000)))
    assert refusal.value.code == "too-many-pixels"


def test_a_picture_of_more_pixels_than_allowed_is_refused_with_its_size():
    with pytest.raises(BadMedia, match="320 x 240") as refusal:
        probe(BytesIO(saved(scene(), "PNG")), Limits(pixels=76_799))
    assert refusal.value.code == "too-many-pixels"
    assert probe(BytesIO(saved(scene(), "PNG")), Limits(pixels=76_800)).width == 320


def test_a_picture_of_more_bytes_than_allowed_is_refused():
    data = saved(scene(), "PNG")
    with pytest.raises(BadMedia) as refusal:
        probe(BytesIO(data), Limits(size_bytes=len(data) - 1))
    assert refusal.value.code == "too-large"


def test_a_line_a_hundred_thousand_pixels_long_is_refused():
    with pytest.raises(BadMedia) as refusal:
        probe(BytesIO(png_bomb(100_000, 100)))
    assert refusal.value.code == "too-many-pixels"


def test_a_jpeg_that_repeats_its_pixels_a_thousand_times_is_refused():
    data = saved(scene(0, (2000, 1500)), "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    bomb = data[:scan] + data[scan:-2] * 1000 + data[-2:]
    with pytest.raises(BadMedia, match="repeats") as refusal:
        derive(BytesIO(bomb), Limits(pixels=3_000_000))
    assert refusal.value.code == "too-many-pixels"
    assert derive(BytesIO(data), Limits(pixels=3_000_000)).probe.width == 2000


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP", "GIF", "AVIF", "BMP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
def test_a_truncated_picture_is_refused_with_a_reason(format, share):
    data = saved(scene(4), format.upper())
    with pytest.raises(BadMedia) as refusal:
        derive(BytesIO(data[: int(len(data) * share)]))
    assert refusal.value.code in ("truncated", "damaged")
    assert format in refusal.value.reason


def test_a_truncated_progressive_jpeg_is_refused():
    data = saved(scene(4, (1200, 900)), "JPEG", progressive=True)
    with pytest.raises(BadMedia, match="cut off"):
        derive(BytesIO(data[: len(data) * 2 // 3]))


def test_a_png_whose_comment_unpacks_to_gigabytes_is_refused_or_read_without_it():
    comment = png_chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(b"a" * 100_000_000))
    data = saved(scene(), "PNG")
    with pytest.raises(BadMedia):
        derive(BytesIO(data[:33] + comment + data[33:]))


def test_a_file_can_be_looked_at_twice_and_gives_the_same():
    file = BytesIO(saved(scene(5), "JPEG"))
    assert probe(file) == derive(file).probe
    assert derive(file) == derive(file)


def test_a_picture_is_loaded_small_and_upright_for_those_who_look_at_it():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(scene(6, (2000, 1000)), "JPEG", exif=exif)
    image = load(BytesIO(data), longest_px=400)
    assert (image.mode, image.size) == ("RGB", (200, 400))


def test_a_tall_picture_is_loaded_by_its_shortest_side():
    data = saved(scene(6, (1000, 8000)), "PNG")
    assert load(BytesIO(data), longest_px=8000, shortest_px=500).size == (500, 4000)
    assert load(BytesIO(data), longest_px=2000, shortest_px=500).size == (250, 2000)
