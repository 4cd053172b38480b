"""The errors a person may see. Each carries an HTTP status and one plain sentence; nothing else reaches the browser."""

from __future__ import annotations

from typing import Any


class PhotoArchiveError(Exception):
    """A failure with a sentence for the user.

    status: the HTTP status it becomes. details: extra JSON keys for the answer, e.g. {"field": "thumb_quality"}.
    """

    status = 500

    def __init__(self, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class Invalid(PhotoArchiveError):
    """The request itself is wrong; the sentence says which part and what would be right."""

    status = 400


class Forbidden(PhotoArchiveError):
    """The request is understood and not allowed (cross-site, not signed in, remote session)."""

    status = 403


class NotFound(PhotoArchiveError):
    """Nothing with that id or name exists."""

    status = 404


class Conflict(PhotoArchiveError):
    """The state of the catalog does not allow this now."""

    status = 409


class Gone(PhotoArchiveError):
    """A view token has expired; the client asks again."""

    status = 410


class Unreadable(PhotoArchiveError):
    """An original cannot be shown; the sentence is the reason recorded on its file."""

    status = 415


class Unavailable(PhotoArchiveError):
    """Something outside is missing right now: a drive, a model, a full disk."""

    status = 503
