"""What a person does with albums. Owns no SQL and no HTTP."""

from __future__ import annotations

from photoarchive.catalog.album_view import FILTER, AlbumFilter
from photoarchive.catalog.albums import Album, AlbumChange, Albums
from photoarchive.catalog.choice import Choice, chosen_ids
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import Views
from photoarchive.features.albums.views import AlbumAnswer, AlbumList


class AlbumService:
    """Lists and changes albums. Thread-safe. Brings the filter `album`, its counts and the sort to all views."""

    def __init__(self, views: Views, albums: Albums) -> None:
        self._views, self._albums = views, albums
        provider = AlbumFilter(albums.members)
        views.register_filter(FILTER, provider)
        views.register_order(FILTER, provider)

    def listed(self) -> AlbumList:
        """All of them, as of which revision."""
        revision = self._views.columns.revision_now     # before: what is read from here on is as new, or newer
        return AlbumList(self.all(), revision)

    def all(self) -> list[Album]:
        """By name, each with its count and cover."""
        with self._views.columns.lock:
            visible = self._views.masks.base(Query())
        return self._albums.all(visible)

    def create(self, name: str, choice: Choice, window: str) -> AlbumAnswer:
        """Make an album, with the chosen photos if any are."""
        nothing = choice.image_ids is None and choice.view is None
        ids = None if nothing else chosen_ids(self._views, choice)
        return self._answer(self._albums.create(name, ids, window))

    def rename(self, album_id: int, name: str, window: str) -> AlbumAnswer:
        """Give it another name."""
        return self._answer(self._albums.rename(album_id, name, window))

    def delete(self, album_id: int, window: str) -> AlbumAnswer:
        """Delete it; its photos stay in the library."""
        return self._answer(self._albums.delete(album_id, window))

    def add(self, album_id: int, choice: Choice, window: str) -> AlbumAnswer:
        """Put photos at its end."""
        return self._answer(self._albums.add(album_id, chosen_ids(self._views, choice), window))

    def remove(self, album_id: int, choice: Choice, window: str) -> AlbumAnswer:
        """Take photos out."""
        return self._answer(self._albums.remove(album_id, chosen_ids(self._views, choice), window))

    def _answer(self, done: AlbumChange) -> AlbumAnswer:
        album = next((album for album in self.all() if album.id == done.album_id), None)
        return AlbumAnswer(changed=done.changed, action_id=done.action_id, album=album)
