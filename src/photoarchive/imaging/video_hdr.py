"""Films of high dynamic range on ordinary screens: PQ and HLG with the colours of Rec. 2020 become Rec. 709.

What is as bright as paper or darker stays, highlights are rolled off, colours no ordinary screen shows are cut. The
curve is a table of colours that FFmpeg's filter `haldclut` looks every pixel up in.
"""

from __future__ import annotations

import functools
from typing import Any

import av
import av.filter
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PQ, HLG = 16, 18                # transfer functions of high dynamic range (ITU-T H.273)
REC_709 = 1                     # matrix, by the same numbers
PAPER_NITS = 203.0              # brightness of diffuse white (ITU-R BT.2408)
HLG_PEAK_NITS, HLG_SYSTEM_GAMMA = 1000.0, 1.2
KNEE = 0.6                      # of diffuse white: up to here brightness is kept
GAMMA = 2.2
LEVEL = 6                       # of the table: 36 steps a colour in a picture of 216 × 216
TO_REC_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
LUMA = np.array([0.2627, 0.6780, 0.0593])
DEEP = "gbrp16le"


def transfer_of(frame: Any) -> int | None:
    """PQ or HLG; None for a frame of ordinary range."""
    transfer = int(frame.color_trc)
    return transfer if transfer in (PQ, HLG) else None


class ToneMap:
    """The filters of one graph that do it. Call `start` when the graph is configured."""

    def __init__(self, graph: Any, before: Any, frame: Any, transfer: int) -> None:
        """before: the filter whose frames, like this one, are to be turned; `last` gives RGB of Rec. 709."""
        matrix = "bt709" if int(frame.colorspace) == REC_709 else "bt2020"
        self._colours = _table(transfer)
        scale = graph.add("scale", f"in_color_matrix={matrix}:out_range=pc")
        deep = graph.add("format", f"pix_fmts={DEEP}")
        table = graph.add("haldclut", "clut=first:interp=tetrahedral")
        self._source = graph.add_buffer(width=self._colours.width, height=self._colours.height,
                                        format=self._colours.format, time_base=frame.time_base)
        also_deep = graph.add("format", f"pix_fmts={DEEP}")
        self.last = graph.add("setparams", "color_primaries=bt709:color_trc=bt709")
        before.link_to(scale)
        scale.link_to(deep)
        deep.link_to(table, 0, 0)
        self._source.link_to(also_deep)
        also_deep.link_to(table, 0, 1)
        table.link_to(self.last)

    def start(self) -> None:
        """Hand the table in."""
        self._source.push(self._colours)
        self._source.push(None)


def ordinary(frame: Any, transfer: int) -> Any:
    """One frame in RGB of Rec. 709, as large as it was."""
    graph = av.filter.Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    mapped = ToneMap(graph, source, frame, transfer)
    shallow, sink = graph.add("format", "pix_fmts=rgb24"), graph.add("buffersink")
    mapped.last.link_to(shallow)
    shallow.link_to(sink)
    graph.configure()
    mapped.start()
    source.push(frame)
    source.push(None)
    return graph.pull()


@functools.cache
def _table(transfer: int) -> Any:
    """What becomes of each colour, as a Hald picture: red runs fastest, then green, then blue."""
    steps = LEVEL * LEVEL
    axis = np.linspace(0.0, 1.0, steps)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    colours = shown(np.stack([red, green, blue], axis=-1).reshape(-1, 3), transfer)
    side = LEVEL ** 3
    pixels = np.rint(colours * 65_535).astype(np.uint16).reshape(side, side, 3)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb48le")
    frame.pts = 0
    return frame


def shown(coded: Floats, transfer: int) -> Floats:
    """Coded colours of Rec. 2020 (n, 3), 0…1, as coded colours of Rec. 709."""
    light = (_light_of_pq(coded) if transfer == PQ else _light_of_hlg(coded)) / PAPER_NITS
    light = np.maximum(light @ TO_REC_709.T, 0.0)
    most = light.max(axis=1, keepdims=True)
    rolled = np.where(most > KNEE, KNEE + (1 - KNEE) * (1 - np.exp(-(most - KNEE) / (1 - KNEE))), most)
    light *= np.divide(rolled, most, out=np.ones_like(most), where=most > 0)
    coded_again: Floats = np.clip(light, 0.0, 1.0) ** (1 / GAMMA)
    return coded_again


def _light_of_pq(coded: Floats) -> Floats:
    """Nits (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    powered = coded ** (1 / m2)
    light: Floats = 10_000.0 * (np.maximum(powered - c1, 0.0) / (c2 - c3 * powered)) ** (1 / m1)
    return light


def _light_of_hlg(coded: Floats) -> Floats:
    """Nits on a screen of 1,000 (ITU-R BT.2100): the scene's light, then the system's gamma."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(coded <= 0.5, coded ** 2 / 3, (np.exp((coded - c) / a) + b) / 12)
    bright = np.maximum(scene @ LUMA, 1e-9)[:, None]
    light: Floats = HLG_PEAK_NITS * scene * bright ** (HLG_SYSTEM_GAMMA - 1)
    return light
