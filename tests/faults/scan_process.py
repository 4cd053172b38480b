"""Scans a folder in a process of its own, to be killed in the middle: scan_process.py HOME FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from photoarchive.work.pool import Pool
from source_lab import SourceLab

if __name__ == "__main__":
    lab = SourceLab(Path(sys.argv[1]), Pool(2))
    if lab.sources.all():
        lab.service.rescan(lab.sources.all()[0].id)
    else:
        lab.service.add(sys.argv[2], "test")
    lab.work()
    print("complete", flush=True)
    lab.pool.close()
    lab.close()
