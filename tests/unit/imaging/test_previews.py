"""Pictures of every format come out upright, in the right colours, in all wanted sizes from one decode."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import drawn_pictures as drawn
from drawn_pictures import UPRIGHT_CORNERS, corners, encoded, nearest, quarters
from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging.colour import adobe_rgb
from photoarchive.imaging.previews import Rendering, TierSpec, full_jpeg, render

SM, MD, LG = TierSpec(Tier.SM, 60, 90), TierSpec(Tier.MD, 120, 90), TierSpec(Tier.LG, 200, 90)


def opened(rendering: Rendering, number: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(rendering.pictures[number].data))


def colour_of(rendering: Rendering) -> tuple[int, int, int]:
    """The colour in the middle."""
    image = opened(rendering)
    return image.getpixel((image.width // 2, image.height // 2))


# ------------------------------------------------------------------------------------------------ sizes


def test_all_tiers_come_from_one_read_in_the_asked_order(show):
    rendering = show(encoded(quarters(), "JPEG", quality=95), specs=(SM, LG, MD))
    assert [(p.tier, p.width, p.height) for p in rendering.pictures] == [
        (Tier.SM, 60, 40), (Tier.LG, 200, 133), (Tier.MD, 120, 80)
    ]
    for number, picture in enumerate(rendering.pictures):
        assert opened(rendering, number).size == (picture.width, picture.height)
        assert corners(picture.data) == UPRIGHT_CORNERS
    assert (rendering.width, rendering.height, rendering.damaged) == (240, 160, "")


def test_nothing_is_enlarged(show):
    rendering = show(encoded(quarters(30, 20), "JPEG"), specs=(SM, MD, LG))
    assert {(p.width, p.height) for p in rendering.pictures} == {(30, 20)}


@pytest.mark.parametrize("size", [(4000, 3), (3, 4000), (1, 1), (241, 161)])
def test_odd_shapes_keep_their_shape_and_at_least_one_pixel(show, size):
    rendering = show(encoded(Image.new("RGB", size, (9, 99, 9)), "PNG"), "a.png", specs=(SM, MD))
    for picture, spec in zip(rendering.pictures, (SM, MD), strict=True):
        scale = min(1, spec.long_side / max(size))
        assert (picture.width, picture.height) == (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))


def test_scaled_decoding_gives_what_full_decoding_gives(show):
    """A detailed picture, decoded at 1/8, looks like the same picture decoded whole and shrunk by Pillow."""
    random = np.random.default_rng(1)
    rough = Image.fromarray(random.integers(0, 255, (9, 12, 3), dtype=np.uint8))
    picture = rough.resize((1600, 1200), Image.Resampling.BICUBIC)
    data = encoded(picture, "JPEG", quality=95)
    rendering = show(data, specs=(TierSpec(Tier.SM, 160, 95),))
    expected = Image.open(io.BytesIO(data)).resize((160, 120), Image.Resampling.LANCZOS)
    difference = np.asarray(opened(rendering), np.int16) - np.asarray(expected, np.int16)
    assert np.abs(difference).mean() < 4


def test_without_the_fast_resizer_the_result_is_the_same(show, monkeypatch):
    from photoarchive.imaging import resize

    data = encoded(quarters(), "JPEG", quality=95)
    fast = show(data, specs=(SM, MD))
    monkeypatch.setattr(resize, "cykooz_resizer", None)
    slow = show(data, specs=(SM, MD))
    for number in range(2):
        one, other = (np.asarray(opened(r, number), np.int16) for r in (fast, slow))
        assert np.abs(one - other).mean() < 2


def test_the_average_colour_is_rgb565(show):
    rendering = show(encoded(Image.new("RGB", (64, 64), (255, 128, 0)), "PNG"), "a.png")
    assert rendering.colour == (31 << 11) | (32 << 5) | 0


# ------------------------------------------------------------------------------------------------ upright


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp"), ("AVIF", "a.avif"),
                                            ("TIFF", "a.tif")])
def test_every_exif_orientation_comes_out_upright(show, form, name, orientation):
    rendering = show(drawn.turned(form, orientation), name)
    assert corners(rendering.pictures[0].data) == UPRIGHT_CORNERS
    assert (rendering.width, rendering.height) == (240, 160)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientations_that_do_not_exist_turn_nothing(show, orientation):
    assert corners(show(drawn.turned("JPEG", orientation)).pictures[0].data) == UPRIGHT_CORNERS


# ------------------------------------------------------------------------------------------------ formats


@pytest.mark.parametrize(("form", "name", "options"), [
    ("JPEG", "a.jpg", {"progressive": True}), ("JPEG", "a.jpg", {"subsampling": "4:4:4"}), ("PNG", "a.png", {}),
    ("GIF", "a.gif", {}), ("BMP", "a.bmp", {}), ("WEBP", "a.webp", {"lossless": True}), ("AVIF", "a.avif", {}),
    ("TIFF", "a.tif", {"compression": "tiff_lzw"}), ("TIFF", "a.tif", {"compression": "jpeg"}),
    ("TIFF", "a.tif", {"compression": "tiff_adobe_deflate"}), ("MPO", "a.jpg", {"save_all": True}),
])
def test_every_format_shows_its_picture(show, form, name, options):
    assert corners(show(encoded(quarters(), form, **options), name).pictures[0].data) == UPRIGHT_CORNERS


def test_jpeg_xl_shows_its_picture(show):
    import pylibjxl

    data = pylibjxl.encode(np.asarray(quarters()))
    assert corners(show(data, "a.jxl").pictures[0].data) == UPRIGHT_CORNERS


def test_heic_is_not_turned_twice(media):
    """The decoder turns HEIC by itself, while its EXIF still says that it lies on its side."""
    folder = media / "heif_avif_jxl/kimageformats/autotests/read/heic"
    reference = None
    for number in range(1, 9):
        found = render(Original(os.fsencode(folder), f"orientation{number}.heic".encode()), 0, (MD,))
        image = np.asarray(opened(found), np.int16)
        reference = image if reference is None else reference
        assert image.shape == reference.shape
        assert np.abs(image - reference).mean() < 12


@pytest.mark.parametrize("name", ["a.jpg", "a.heic", "a.mov", "a.nef", "noext"])
def test_content_decides_over_the_extension(show, name):
    rendering = show(encoded(quarters(), "PNG"), name)
    assert corners(rendering.pictures[0].data) == UPRIGHT_CORNERS


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_animations_show_their_first_frame(show, form):
    others = [Image.new("RGB", (240, 160), (0, 0, 0))] * 3
    data = encoded(quarters(), form, save_all=True, append_images=others, duration=50)
    assert corners(show(data, "a." + form.lower()).pictures[0].data) == UPRIGHT_CORNERS


@pytest.mark.parametrize(("mode", "form"), [
    ("L", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("I;16", "PNG"), ("I;16", "TIFF"), ("CMYK", "JPEG"),
    ("CMYK", "TIFF"), ("F", "TIFF"), ("I", "TIFF"), ("RGBA", "PNG"), ("YCbCr", "TIFF"), ("LAB", "TIFF"),
])
def test_every_pixel_mode_keeps_light_and_dark(show, mode, form):
    image = Image.new("L", (80, 60), 25)
    image.paste(230, (40, 0, 80, 60))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    elif mode in ("F", "I"):
        values = np.asarray(image)
        image = Image.fromarray(values.astype(np.float32) / 255 if mode == "F" else values.astype(np.int32) * 257)
    elif mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(image.convert("RGB"), ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    else:
        image = image.convert(mode)
    result = opened(show(encoded(image, form), "a." + form.lower()))
    assert result.mode == "RGB"
    left, right = result.getpixel((10, 20)), result.getpixel((50, 20))
    assert max(left) <= 50
    assert min(right) >= 200


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_shows_white_paper(show, mode):
    image = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    image.paste((10, 10, 10, 255), (0, 0, 20, 60))
    result = opened(show(encoded(image.convert(mode), "PNG"), "a.png"))
    assert min(result.getpixel((45, 20))) > 245
    assert max(result.getpixel((5, 20))) < 40


def test_twelve_bits_in_sixteen_are_not_shown_black(show):
    values = np.full((60, 80), 2048, np.uint16)
    values[0, 0] = 4095
    assert 110 < colour_of(show(encoded(Image.fromarray(values), "PNG"), "a.png"))[0] < 145


# ------------------------------------------------------------------------------------------------ colour


def test_a_wide_profile_becomes_srgb_in_small_tiers_and_stays_in_the_large_one(show):
    """The same numbers are a stronger green in Adobe RGB; sm shows that in sRGB, lg keeps numbers and profile."""
    data = encoded(Image.new("RGB", (240, 160), (150, 180, 150)), "JPEG", quality=95, icc_profile=adobe_rgb())
    rendering = show(data, specs=(SM, LG))
    small, large = opened(rendering, 0), opened(rendering, 1)
    assert small.info.get("icc_profile") is None
    assert small.getpixel((20, 20)) == pytest.approx((137, 181, 148), abs=4)      # by the published matrices
    assert large.info["icc_profile"] == adobe_rgb()
    assert large.getpixel((20, 20)) == pytest.approx((150, 180, 150), abs=2)


def test_adobe_rgb_named_only_in_exif_is_understood(show):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 2
    data = encoded(Image.new("RGB", (80, 60), (150, 180, 150)), "JPEG", quality=95, exif=exif)
    assert abs(colour_of(show(data))[0] - 137) <= 4


def test_srgb_is_recognised_by_what_it_does_not_by_its_name(show):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(Image.new("RGB", (240, 160), (100, 180, 100)), "JPEG", quality=95, icc_profile=profile)
    rendering = show(data, specs=(LG,))
    assert opened(rendering).info.get("icc_profile") is None
    assert abs(colour_of(rendering)[0] - 100) <= 2


@pytest.mark.parametrize("profile", [b"nonsense", adobe_rgb()[:200], b"\0" * 200])
def test_a_broken_profile_is_passed_over(show, profile):
    data = encoded(Image.new("RGB", (80, 60), (100, 180, 100)), "JPEG", quality=95, icc_profile=profile)
    assert abs(colour_of(show(data))[0] - 100) <= 2


# ------------------------------------------------------------------------------------------------ Photoshop


def photoshop(depth: int = 8, version: int = 1, packed: bool = False, mode: int = 3, pixels: bool = True,
              thumbnail: bytes = b"") -> bytes:
    """A Photoshop document of the quarters, without layers."""
    values = np.asarray(quarters().convert("CMYK" if mode == 4 else "RGB"))
    planes = [values[..., band] if mode != 4 else 255 - values[..., band] for band in range(values.shape[2])]
    rows = []
    for plane in planes:
        if depth == 16:
            stored = (plane.astype(np.uint16) * 257).astype(">u2")
        elif depth == 32:
            stored = ((plane / 255.0) ** 2.2).astype(">f4")
        else:
            stored = plane
        rows += [row.tobytes() for row in stored]
    resources = b""
    if thumbnail:
        block = bytes(28) + thumbnail
        resources = b"8BIM" + struct.pack(">HHI", 1036, 0, len(block)) + block + bytes(len(block) % 2)
    data = struct.pack(">4sH6xHIIHH", b"8BPS", version, len(planes), 160, 240, depth, mode) + bytes(4)
    data += struct.pack(">I", len(resources)) + resources + bytes(8 if version == 2 else 4)
    if not pixels:
        return data + b"\0\0"
    if not packed:
        return data + b"\0\0" + b"".join(rows)
    squeezed = [b"".join(bytes((127,)) + row[at:at + 128] if len(row[at:at + 128]) == 128
                         else bytes((len(row[at:at + 128]) - 1,)) + row[at:at + 128] for at in range(0, len(row), 128))
                for row in rows]
    counts = b"".join(struct.pack(">I" if version == 2 else ">H", len(row)) for row in squeezed)
    return data + b"\0\1" + counts + b"".join(squeezed)


@pytest.mark.parametrize("options", [
    {}, {"packed": True}, {"depth": 16}, {"depth": 16, "packed": True}, {"version": 2}, {"version": 2, "packed": True},
    {"depth": 32}, {"mode": 4},
], ids=str)
def test_photoshop_files_show_their_flattened_picture(show, options):
    rendering = show(photoshop(**options), "a.psd")
    assert corners(rendering.pictures[0].data) == UPRIGHT_CORNERS
    assert (rendering.width, rendering.height) == (240, 160)


def test_a_photoshop_file_without_flattened_picture_shows_its_thumbnail_and_says_so(show):
    rendering = show(photoshop(pixels=False, thumbnail=encoded(quarters(120, 80), "JPEG")), "a.psd")
    assert corners(rendering.pictures[0].data) == UPRIGHT_CORNERS
    assert "no flattened picture" in rendering.damaged
    with pytest.raises(Unreadable, match="no flattened picture"):
        show(photoshop(pixels=False), "a.psd")


# ------------------------------------------------------------------------------------------------ RAW


def test_raw_shows_the_embedded_preview_when_it_is_large_enough(show):
    """The preview says another colour than the sensor, so that we see which one was used."""
    preview = encoded(Image.new("RGB", (480, 320), (250, 200, 0)), "JPEG")
    data = drawn.raw_file(preview)
    assert colour_of(show(data, "a.dng", Kind.RAW))[:2] == pytest.approx((250, 200), abs=8)


def test_raw_is_developed_when_the_preview_is_too_small(show):
    preview = encoded(Image.new("RGB", (120, 80), (250, 200, 0)), "JPEG")
    rendering = show(drawn.raw_file(preview), "a.dng", Kind.RAW, specs=(TierSpec(Tier.MD, 400, 90),))
    assert corners(rendering.pictures[0].data) == UPRIGHT_CORNERS
    assert (rendering.pictures[0].width, rendering.width) == (400, 480)


@pytest.mark.parametrize("preview", [b"", encoded(quarters(480, 320), "JPEG")], ids=["developed", "preview"])
@pytest.mark.parametrize(("orientation", "expected"), [
    (1, ["red", "green", "blue", "white"]), (3, ["white", "blue", "green", "red"]),
    (6, ["blue", "red", "white", "green"]), (8, ["green", "white", "red", "blue"]),
])
def test_raw_is_turned_upright_once(show, preview, orientation, expected):
    rendering = show(drawn.raw_file(preview, orientation), "a.dng", Kind.RAW)
    assert corners(rendering.pictures[0].data) == expected
    assert (rendering.width, rendering.height) == ((480, 320) if orientation in (1, 3) else (320, 480))


def test_a_preview_that_the_camera_has_turned_already_is_not_turned_again(show):
    preview = encoded(quarters(320, 480), "JPEG")
    rendering = show(drawn.raw_file(preview, 6), "a.dng", Kind.RAW)
    assert corners(rendering.pictures[0].data) == UPRIGHT_CORNERS


def test_raw_without_sensor_data_shows_its_preview_and_says_so(show):
    preview = encoded(quarters(120, 80), "JPEG")
    data = b"FUJIFILMCCD-RAW 0201" + bytes(100) + preview
    rendering = show(data, "a.raf", Kind.RAW)
    assert corners(rendering.pictures[0].data) == UPRIGHT_CORNERS
    assert "preview that the camera embedded" in rendering.damaged


def test_raw_with_nothing_in_it_gives_a_reason(show):
    with pytest.raises(Unreadable, match="cannot be developed"):
        show(b"FUJIFILMCCD-RAW 0201" + bytes(5000), "a.raf", Kind.RAW)


# ------------------------------------------------------------------------------------------------ full resolution


def full(tmp_path: Path, data: bytes, name: str, kind: Kind) -> Image.Image:
    (tmp_path / name).write_bytes(data)
    found = full_jpeg(Original(os.fsencode(tmp_path), name.encode()), int(kind), 92)
    return Image.open(io.BytesIO(found))


def test_full_resolution_of_raw_is_the_cameras_own_jpeg_not_compressed_again(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (320, 480, 3), dtype=np.uint8)
    preview = encoded(Image.fromarray(noise), "JPEG", quality=97)
    found = full(tmp_path, drawn.raw_file(preview), "a.dng", Kind.RAW)
    assert np.array_equal(np.asarray(found), np.asarray(Image.open(io.BytesIO(preview))))


@pytest.mark.parametrize(("orientation", "size"), [(1, (480, 320)), (6, (320, 480))])
def test_full_resolution_of_raw_is_developed_where_the_preview_is_small(tmp_path, orientation, size):
    preview = encoded(Image.new("RGB", (120, 80), (250, 200, 0)), "JPEG")
    image = full(tmp_path, drawn.raw_file(preview, orientation), "a.dng", Kind.RAW)
    assert image.size == size
    assert sorted(corners(image)) == sorted(UPRIGHT_CORNERS)


def test_full_resolution_of_other_formats_keeps_size_and_wide_profile(tmp_path):
    image = full(tmp_path, encoded(quarters(), "TIFF", icc_profile=adobe_rgb()), "a.tif", Kind.IMAGE)
    assert (image.format, image.size, image.info["icc_profile"]) == ("JPEG", (240, 160), adobe_rgb())
    assert corners(image) == UPRIGHT_CORNERS


def test_the_quarters_are_what_the_tests_think_they_are():
    assert corners(quarters()) == UPRIGHT_CORNERS
    assert nearest((200, 40, 40)) == "red"
