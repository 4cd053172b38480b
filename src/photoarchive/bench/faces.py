"""faces: how many medium previews with one face each are looked at in a second on one core: decode, find, describe.

Previews of real photographs, from memory; one thread of the model; the median of the rounds after one warm-up.
"""

from __future__ import annotations

import statistics
import time

from photoarchive.bench import Report, bench_home
from photoarchive.bench._labelled import labelled_previews
from photoarchive.core.config import Config
from photoarchive.imaging.crops import decode_preview
from photoarchive.ml.face_files import bundled_files
from photoarchive.ml.faces import OnnxFaces

ROUNDS = 3


def run(report: Report) -> None:
    """Report faces.images_per_s_core and faces.faces_per_s_core."""
    model = OnnxFaces(bundled_files(Config(bench_home()).models_dir))
    previews = [one.data for one in labelled_previews() if len(one.people) == 1]
    model.find(decode_preview(previews[0]))
    images, faces = [], []
    for _ in range(ROUNDS):
        begun, found = time.process_time(), 0
        for data in previews:
            found += len(model.find(decode_preview(data)))
        took = time.process_time() - begun
        images.append(len(previews) / took)
        faces.append(found / took)
    report("faces.images_per_s_core", statistics.median(images), "/s")
    report("faces.faces_per_s_core", statistics.median(faces), "/s")
