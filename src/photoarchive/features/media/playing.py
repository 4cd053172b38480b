"""Which videos a browser plays as they are, by container and codec."""

from __future__ import annotations

from photoarchive.core.errors import Unreadable

CONTAINERS = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".3gp": "video/3gpp",
              ".webm": "video/webm", ".mkv": "video/x-matroska"}
"""Chromium and Firefox play H.264 in MOV when it is called MP4, which it nearly is."""

CLIP_EXTENSION = ".mp4"         # of what lies inside a motion photo

CODECS = frozenset(("h264", "avc1", "vp8", "vp9", "av1"))
_NAMES = {"hevc": "HEVC (H.265)", "hvc1": "HEVC (H.265)", "prores": "ProRes", "mpeg4": "MPEG-4 Part 2",
          "mjpeg": "Motion JPEG", "mpeg2video": "MPEG-2", "mpeg1video": "MPEG-1", "wmv3": "Windows Media Video",
          "vc1": "VC-1", "h263": "H.263", "dvvideo": "DV", "msmpeg4v3": "MS-MPEG-4"}


def playable_type(extension: str, codec: str | None) -> str:
    """The media type under which a browser plays this video. Raises Unreadable, naming what it cannot play.

    extension: by content (".mov"). codec: as FFmpeg names it ("h264"); None: not known, so the browser may try.
    """
    media_type = CONTAINERS.get(extension)
    name = (codec or "").lower()
    if name and name not in CODECS:
        raise Unreadable(f"Browsers cannot play {_NAMES.get(name, name.upper())} video. The original is untouched; "
                         "open it in a video player.", codec=name)
    if media_type is None:
        raise Unreadable(f"Browsers cannot play {extension.lstrip('.').upper()} files. The original is untouched; "
                         "open it in a video player.", codec=name or None)
    return media_type
