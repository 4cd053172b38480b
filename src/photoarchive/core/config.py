"""Facts of this process, read once from the environment: where the home is, where the server listens."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from photoarchive.core.errors import Invalid

DEFAULT_PORT = 8000
DEFAULT_MAX_LOG_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Config:
    """Where runtime data lies and where the server listens. Frozen: the user's choices are `core.settings`."""

    home: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    max_log_bytes: int = DEFAULT_MAX_LOG_BYTES
    allowed_hosts: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def database_path(self) -> Path:
        """The one SQLite file with everything durable."""
        return self.home / "photoarchive.db"

    @property
    def settings_path(self) -> Path:
        """The user's settings (JSON)."""
        return self.home / "settings.local.json"

    @property
    def default_cache_dir(self) -> Path:
        """Previews and copies of originals, unless the user chose another folder."""
        return self.home / ".thumbcache"

    @property
    def models_dir(self) -> Path:
        """Installed models."""
        return self.home / ".models"

    @property
    def run_dir(self) -> Path:
        """Log, lock, process id and the column snapshot."""
        return self.home / ".run"

    @property
    def log_path(self) -> Path:
        """The server's log."""
        return self.run_dir / "server.log"

    @property
    def backups_dir(self) -> Path:
        """Backups lie outside a checkout, so that deleting the checkout does not delete them."""
        checkout = checkout_root()
        if checkout is not None and self.home == checkout / "web":
            return Path(platformdirs.user_data_dir("photoarchive")) / "backups"
        return self.home / "backups"


def checkout_root() -> Path | None:
    """The source checkout this package runs from, or None when it is installed."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "web").is_dir() else None


def default_home() -> Path:
    """PHOTOARCHIVE_HOME, else `web/` in a checkout, else the XDG data folder."""
    named = os.environ.get("PHOTOARCHIVE_HOME")
    if named:
        return Path(named).expanduser().resolve()
    checkout = checkout_root()
    return checkout / "web" if checkout else Path(platformdirs.user_data_dir("photoarchive"))


def read_config(home: Path | None = None) -> Config:
    """Read the environment. Raises Invalid with the variable's name if a value makes no sense."""
    return Config(
        home=home.resolve() if home else default_home(),
        host=os.environ.get("PHOTOARCHIVE_HOST", "127.0.0.1"),
        port=_number("PHOTOARCHIVE_PORT", DEFAULT_PORT, 1, 65535),
        max_log_bytes=_number("PHOTOARCHIVE_MAX_LOG_BYTES", DEFAULT_MAX_LOG_BYTES, 4096, 2**40),
        allowed_hosts=tuple(filter(None, re.split(r"[,\s]+", os.environ.get("PHOTOARCHIVE_ALLOWED_HOSTS", "")))),
        password=os.environ.get("PHOTOARCHIVE_PASSWORD") or None,
        token=os.environ.get("PHOTOARCHIVE_TOKEN") or None,
    )


def _number(name: str, default: int, low: int, high: int) -> int:
    text = os.environ.get(name)
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise Invalid(f"{name} must be a whole number from {low} to {high}, not {text!r}.")
    return int(text)
