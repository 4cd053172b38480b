"""Fingerprints: one picture in many forms is recognised, other pictures and flat ones are not taken for it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

import lookalikes
from photoarchive.core.errors import Unreadable
from photoarchive.imaging.miniature import SIDE, miniature, part_of, sharpness
from photoarchive.retrieval import bursts, fingerprint
from photoarchive.retrieval.duplicates import BURST, GROUPED, NEAR, NEARLY, ONE_BURST, SAME, WEAKEST, judge


def seen(*pictures: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(hashes, details) of encoded pictures."""
    pixels = np.stack([miniature(picture).pixels for picture in pictures])
    return fingerprint.hashes(pixels), fingerprint.details(pixels)


@pytest.mark.parametrize("seed", range(4))
def test_variants_of_a_picture_agree_and_other_pictures_do_not(seed):
    picture = lookalikes.scene(seed)
    pictures = [lookalikes.jpeg(picture, 92), *lookalikes.variants(picture).values()]
    others = [lookalikes.jpeg(lookalikes.scene(900 + 10 * seed + number)) for number in range(6)]
    hashes, details = seen(*pictures, *others)
    count = len(pictures)
    agreement = np.array([fingerprint.agreement(details, np.broadcast_to(one, details.shape)) for one in details])
    assert agreement[:count, :count].min() >= NEAR
    assert agreement[:count, count:].max() < BURST
    assert np.bitwise_count(hashes[:count, None] ^ hashes[None, :count]).max() <= fingerprint.NEAR_BITS
    assert np.allclose(agreement, agreement.T, atol=1e-5)


def test_flat_pictures_have_nothing_in_common():
    """Sky and snow differ in nothing but noise: their contrasts are empty."""
    chance = np.random.default_rng(5)
    flat = [lookalikes.jpeg(Image.fromarray(np.clip(200 + chance.normal(0, 4, (300, 400)), 0, 255).astype(np.uint8))
                            .convert("RGB")) for _ in range(3)]
    _, details = seen(*flat)
    assert fingerprint.agreement(details[:2], details[1:]).max() < WEAKEST / 2


def test_an_upright_and_a_lying_picture_have_opposite_shapes():
    lying = miniature(lookalikes.jpeg(Image.new("RGB", (400, 300), "grey")))
    upright = miniature(lookalikes.jpeg(Image.new("RGB", (300, 400), "grey")))
    assert lying.shape == -upright.shape == round(np.log2(4 / 3) * 32)
    assert lying.pixels.shape == (SIDE, SIDE)


def test_sharpness_falls_with_focus_and_not_with_light():
    picture = lookalikes.scene(7).resize((960, 720)).filter(ImageFilter.UnsharpMask(2, 200))
    grain = Image.effect_noise(picture.size, 60).convert("RGB")
    sharp = Image.blend(picture, grain, 0.4)
    plain = sharpness(lookalikes.jpeg(sharp, 92))
    assert sharpness(lookalikes.jpeg(sharp.filter(ImageFilter.GaussianBlur(2)), 92)) < plain * 0.7
    assert sharpness(lookalikes.jpeg(sharp.point(lambda value: int(value * 0.6)), 92)) == pytest.approx(plain, rel=0.15)


def test_a_damaged_preview_is_a_sentence():
    for look in (miniature, sharpness, lambda data: part_of(data, 0, 0, 1, 1)):
        with pytest.raises(Unreadable, match="cannot be read"):
            look(b"\xff\xd8 no picture")


def test_a_part_is_cut_where_it_was_asked_for():
    picture = Image.new("RGB", (200, 100), "black")
    picture.paste("white", (100, 50, 200, 100))
    out = io.BytesIO()
    picture.save(out, "PNG")
    assert part_of(out.getvalue(), 0.5, 0.5, 0.5, 0.5).min() == 255
    assert part_of(out.getvalue(), 0, 0, 0.5, 0.5).max() == 0


def test_how_alike_two_photos_are_and_of_which_kind():
    none, first, near = bursts.NO_MOMENT, 1_000_000 * bursts.CAMERAS + 1, 1_002_000 * bursts.CAMERAS + 1
    agreement = np.array([1.0, 0.75, 0.45, 0.45, 0.30])
    one, other = np.array([none, none, first, none, first]), np.array([none, none, near, near, near])
    likeness, kind = judge(agreement, one, other)
    assert likeness[0] == 1.0 and likeness[1] > GROUPED and likeness[2] > GROUPED
    assert likeness[3] < WEAKEST and likeness[4] < WEAKEST
    assert kind[:3].tolist() == [SAME, NEARLY, ONE_BURST]


def test_photos_near_in_time_are_found_alike_one_by_one_and_many_at_once():
    chance = np.random.default_rng(11)
    moments = chance.integers(0, 60_000, 80) * bursts.CAMERAS + chance.integers(1, 3, 80)
    moments[::9] = bursts.NO_MOMENT
    many = [set(places.tolist()) for places in bursts.near_in_time(moments, moments)]
    few = [set(bursts.near_in_time(moments[at : at + 1], moments)[0].tolist()) for at in range(len(moments))]
    exact = [set(np.flatnonzero(bursts.one_burst(np.full(80, moment), moments)).tolist()) for moment in moments]
    assert many == few == exact
