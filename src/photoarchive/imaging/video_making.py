"""A copy of a video in the making: the process, held still except while it is let work, and its unfinished file.

The file has no name, so whatever ends us, nothing is left of it. What the process says is not trusted.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unreadable
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.work.pool import WORKER_ENVIRONMENT

START_CODE = "import sys; from photoarchive.imaging.video_proxy import main; main([*map(int, sys.argv[1:])])"
SILENT_SECONDS = 60.0           # without any progress while it may work: it hangs
END_SECONDS = 2.0
MOST_NEWS = 1 << 16             # bytes of one line
MOST_SIDE = 1 << 14


class ProxyProcess:
    """One copy in the making. Used by one thread; `kill` may come from any."""

    def __init__(self, source: OpenedOriginal, folder: Path, most_bytes: int) -> None:
        """source: the film, which stays the caller's. Raises OSError if the file cannot be made."""
        self.at = 0.0                           # seconds of film done
        self.width = self.height = 0            # of the finished copy
        self.finished = False
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        try:
            self._start(source, most_bytes)
        except BaseException:
            self._file.close()
            raise
        self._rest = b""
        self._silent = 0.0
        self._killed = False

    def _start(self, source: OpenedOriginal, most_bytes: int) -> None:
        self._news, theirs = os.pipe()
        try:
            numbers = (source.fd, self._file.fileno(), theirs)
            bounds = (most_bytes, source.start, source.size)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", START_CODE, *map(str, numbers + bounds)], pass_fds=numbers,
                cwd="/", env=os.environ | WORKER_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        except BaseException:
            os.close(self._news)
            raise
        finally:
            os.close(theirs)

    @property
    def descriptor(self) -> int:
        """Of the finished copy."""
        return self._file.fileno()

    @property
    def size(self) -> int:
        """Bytes written until now."""
        return os.fstat(self._file.fileno()).st_size

    def work(self, seconds: float) -> None:
        """Let it work for at most so long, then hold it still. Sets `at` and `finished`.

        Raises Unreadable when the film cannot be copied, or the copy not written.
        """
        began = monotonic()
        self._signal(signal.SIGCONT)
        try:
            self._listen(began + seconds)
        finally:
            if not self.finished:
                self._signal(signal.SIGSTOP)
        self._silent += monotonic() - began
        if self._silent > SILENT_SECONDS and not self.finished:
            raise Unreadable("Copying this film does not get on: it was given up.")

    def _listen(self, until: float) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._news, selectors.EVENT_READ)
            while not self.finished and (left := until - monotonic()) > 0:
                if not ready.select(left):
                    return
                data = os.read(self._news, MOST_NEWS)
                if not data:
                    raise Unreadable(self._how_it_ended())
                *lines, self._rest = (self._rest + data).split(b"\n")
                if len(self._rest) > MOST_NEWS:
                    raise Unreadable("The process that copies the film makes no sense.")
                for line in lines:
                    self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            news: dict[str, Any] = json.loads(line)
            at = float(news.get("at", self.at))
            if at > self.at:
                self.at, self._silent = at, 0.0
            if "error" in news:
                sentence = str(news["error"])[:500]
                raise Unreadable(sentence)
            if "copy" in news:
                self.width, self.height = (max(1, min(MOST_SIDE, int(news["copy"][side]))) for side in
                                           ("width", "height"))
                self.at, self.finished = float(news["copy"]["seconds"]), True
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unreadable("The process that copies the film makes no sense.") from error

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(END_SECONDS)
            if self._killed:
                return "Making the copy was cancelled."
            if code < 0:
                return f"The decoder crashed on this film: {signal.strsignal(-code) or f'signal {-code}'}."
        return "The decoder ended without a word on this film."

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def kill(self) -> None:
        """End it, whatever it does; `work` raises then."""
        self._killed = True
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """End it if it lives, and let go of the file."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        os.close(self._news)
        self._file.close()
