"""From one decoded picture to all wanted tiers: shrink in a cascade, convert colours, turn upright, encode. Pure."""

from __future__ import annotations

import io

from PIL import Image

from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original, split_name
from photoarchive.core.tiers import Tier
from photoarchive.imaging.colour import Profile, average_colour, is_wide, to_srgb
from photoarchive.imaging.decode import NAMES, Picture, decode_image, explained
from photoarchive.imaging.originals import OpenedOriginal, open_original
from photoarchive.imaging.previews import Rendered, Rendering, TierSpec
from photoarchive.imaging.probe import HEAD_BYTES, Format, probe
from photoarchive.imaging.resize import fit, shrink, shrink_to_preview, upright, upright_size

MAX_JPEG_SIDE = 65_500
COLOUR_SIDE = 64               # when only the average colour is wanted
FULL_RESOLUTION = 1 << 30      # more than any picture has


def render_tiers(original: Original, kind: int, specs: tuple[TierSpec, ...]) -> Rendering:
    """See previews.render."""
    with open_original(original) as opened:
        picture = decode(opened, kind, max((spec.long_side for spec in specs), default=COLOUR_SIDE))
    with explained(original, "picture"):
        return _cascade(picture, specs)


def render_full(original: Original, kind: int, quality: int) -> bytes:
    """See previews.full_jpeg."""
    with open_original(original) as opened:
        found = identify(opened, kind)
        if found.kind == Kind.RAW:
            from photoarchive.imaging.raw import embedded_jpeg

            preview = embedded_jpeg(opened)
            if preview is not None:
                return preview
        picture = decode(opened, kind, FULL_RESOLUTION)
    with explained(original, "picture"):
        image = shrink(picture.image, fit(*picture.image.size, MAX_JPEG_SIDE))
        profile = picture.profile if is_wide(image, picture.profile) else b""
        image = image if profile else to_srgb(image, picture.profile)
        return _encoded(upright(image, picture.orientation), quality, profile, subsampling="4:4:4")


def identify(opened: OpenedOriginal, kind: int) -> Format:
    """What an opened file is, by content; `kind` decides only for a TIFF that the catalog knows to be a RAW file."""
    name = opened.original.relpath.rpartition(b"/")[2]
    found = probe(opened.read_at(0, HEAD_BYTES), name)
    if found is None:
        raise Unreadable("The file is empty." if opened.size == 0 else _unknown(name))
    if found.extension == ".tif" and kind == Kind.RAW:
        return Format(Kind.RAW, found.extension)
    return found


def decode(opened: OpenedOriginal, kind: int, wanted: int) -> Picture:
    """The picture of any original, at least `wanted` pixels on its long side if it has them. Raises Unreadable."""
    found = identify(opened, kind)
    if found.kind == Kind.RAW:
        from photoarchive.imaging.raw import decode_raw

        return decode_raw(opened, wanted)
    if found.kind == Kind.VIDEO:
        from photoarchive.imaging.video import poster

        return poster(opened, found.extension)
    if found.extension not in NAMES:
        raise Unreadable(f"Pictures of the kind {found.extension} cannot be shown.")
    return decode_image(opened, found.extension, wanted)


def _cascade(picture: Picture, specs: tuple[TierSpec, ...]) -> Rendering:
    """Every tier from the next larger one. What a tier converts to sRGB stays so for the smaller ones."""
    image, profile = picture.image, picture.profile
    made: dict[Tier, Rendered] = {}
    for spec in sorted(specs, key=lambda spec: spec.long_side, reverse=True):
        image = shrink_to_preview(image, fit(*picture.size, spec.long_side))
        if spec.tier != Tier.LG or not is_wide(image, profile):
            image, profile = to_srgb(image, profile), b""
        turned = upright(image, picture.orientation)
        made[spec.tier] = Rendered(spec.tier, _encoded(turned, spec.quality, profile), *turned.size)
    smallest = to_srgb(shrink(image, fit(*image.size, COLOUR_SIDE)), profile)
    width, height = upright_size(*(picture.original_size or picture.size), picture.orientation)
    return Rendering(
        tuple(made[spec.tier] for spec in specs), average_colour(smallest), width, height, picture.damaged
    )


def _encoded(image: Image.Image, quality: int, profile: Profile, subsampling: str = "4:2:0") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=subsampling, icc_profile=profile or None)
    return buffer.getvalue()


def _unknown(name: bytes) -> str:
    extension = split_name(name)[1].decode("utf-8", "replace")
    return f"The content is no photo or video that is known here, although its name ends in {extension or 'nothing'}."
