"""The desktop's own folder chooser, where there is a desktop: zenity, kdialog, qarma, yad, or AppleScript."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import msgspec

from photoarchive.core.errors import Conflict, Unavailable

TITLE = "Add a folder to photoArchive"
LONGEST_S = 600.0           # a chooser that is forgotten behind other windows

_TOOLS: dict[str, tuple[str, ...]] = {
    "zenity": ("--file-selection", "--directory", f"--title={TITLE}"),
    "kdialog": ("--getexistingdirectory", str(Path.home()), "--title", TITLE),
    "qarma": ("--file-selection", "--directory", f"--title={TITLE}"),
    "yad": ("--file", "--directory", f"--title={TITLE}"),
}
_APPLE = ("-e", f'POSIX path of (choose folder with prompt "{TITLE}")')


class Choice(msgspec.Struct, frozen=True):
    """path "": the user closed the chooser."""

    path: str
    tool: str


class FolderChooser:
    """Opens at most one chooser at a time. Thread-safe."""

    def __init__(self) -> None:
        self._open = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def tool(self) -> str | None:
        """The tool that would be used; None without one, or without a screen to show it on."""
        if sys.platform == "darwin":
            return "osascript" if shutil.which("osascript") else None
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return None
        return next((tool for tool in _TOOLS if shutil.which(tool)), None)

    def choose(self) -> Choice:
        """Open the chooser and wait. Raises Unavailable without a tool, Conflict while another is open."""
        tool = self.tool()
        if tool is None:
            raise Unavailable("This computer has no folder chooser to open. Type the path, or browse to it here.")
        if not self._open.acquire(blocking=False):
            raise Conflict("A folder chooser is already open. Look for it behind other windows.")
        try:
            return Choice(self._ask(tool), tool)
        finally:
            self._open.release()

    def _ask(self, tool: str) -> str:
        arguments = _APPLE if tool == "osascript" else _TOOLS[tool]
        path = shutil.which(tool)
        if path is None:
            raise Unavailable(f"{tool} is no longer installed.")
        self._child = subprocess.Popen((path, *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
        try:
            answer, _ = self._child.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            self.close()
            return ""
        return answer.decode("utf-8", "replace").rstrip("\n") if self._child.returncode == 0 else ""

    def close(self) -> None:
        """End a chooser that is open: the server stops."""
        child = self._child
        if child is not None and child.poll() is None:
            child.kill()
            child.wait(2)
