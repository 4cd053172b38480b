"""The composition root without HTTP: everything one open archive is made of, in the order it is built and ended.

Owns no behaviour. Each part takes what it needs in its constructor; who asks what of whom can be read here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.albums import Albums
from photoarchive.catalog.backups import Backups
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.comparisons import ChoiceLog
from photoarchive.catalog.copies import Copies
from photoarchive.catalog.corrections import Corrections
from photoarchive.catalog.database import Database
from photoarchive.catalog.duplicate_decisions import Decisions
from photoarchive.catalog.duplicates import Duplicates
from photoarchive.catalog.embeddings import Embeddings
from photoarchive.catalog.face_columns import FaceColumns
from photoarchive.catalog.face_store import FaceStore
from photoarchive.catalog.files import Files
from photoarchive.catalog.fulltext import FullText
from photoarchive.catalog.marks import Marks
from photoarchive.catalog.model_records import ModelRecords
from photoarchive.catalog.overlays import Overlays
from photoarchive.catalog.people import People
from photoarchive.catalog.people_filters import register_people_filters
from photoarchive.catalog.people_lists import PeopleLists
from photoarchive.catalog.people_questions import Questions
from photoarchive.catalog.places import Places
from photoarchive.catalog.preview_order import PathOrder
from photoarchive.catalog.scans import Scans
from photoarchive.catalog.searches import Searches
from photoarchive.catalog.sources import SourceTable
from photoarchive.catalog.upkeep import Upkeep
from photoarchive.catalog.user_keywords import UserKeywords
from photoarchive.catalog.videos import Videos
from photoarchive.catalog.view import Views
from photoarchive.core.config import Config
from photoarchive.core.ending import end_together
from photoarchive.core.events import Bus
from photoarchive.core.guard import install_guard
from photoarchive.core.settings import SettingsStore
from photoarchive.demo.vectors import DemoEmbedder, demo_dimension
from photoarchive.features.albums.service import AlbumService
from photoarchive.features.backup.jobs import DailyBackupJob
from photoarchive.features.compare.service import CompareService
from photoarchive.features.corrections.service import CorrectionService
from photoarchive.features.deep.jobs import DeepJob
from photoarchive.features.deep.service import DeepService
from photoarchive.features.deep.terms import DeepTerms
from photoarchive.features.embeddings.jobs import EmbedJob, Source, daily_sources
from photoarchive.features.embeddings.looks import LookVectors
from photoarchive.features.embeddings.service import EmbeddingService
from photoarchive.features.embeddings.tags import TagFilter
from photoarchive.features.export.copy import CopyService, Surroundings
from photoarchive.features.export.copying import Copier
from photoarchive.features.export.jobs import CopyJob
from photoarchive.features.library.jobs import SearchWordsJob
from photoarchive.features.library.news import LibraryNews
from photoarchive.features.library.service import LibraryService
from photoarchive.features.map.service import MapService
from photoarchive.features.media.cache_view import CacheView
from photoarchive.features.media.jobs import PreviewJob
from photoarchive.features.media.jobs_originals import OriginalsJob
from photoarchive.features.media.service import Media, unplayable
from photoarchive.features.metadata.jobs import MetadataJob
from photoarchive.features.metadata.service import MetadataService
from photoarchive.features.models.service import ModelService
from photoarchive.features.organise.service import OrganiseService
from photoarchive.features.people.grouping import Grouping
from photoarchive.features.people.jobs import FaceJob
from photoarchive.features.people.looks import FaceLooks
from photoarchive.features.people.models import FaceModels
from photoarchive.features.people.news import PeopleNews
from photoarchive.features.people.service import PeopleService
from photoarchive.features.people.status import PeopleStatus
from photoarchive.features.people.thumbs import FaceThumbs
from photoarchive.features.places.jobs import PlacesJob
from photoarchive.features.places.service import PlaceService
from photoarchive.features.search.service import SearchService
from photoarchive.features.settings.folders import FolderCheck
from photoarchive.features.settings.service import SettingsService
from photoarchive.features.similar.jobs import DuplicatesJob, Parts
from photoarchive.features.similar.looks import LookService
from photoarchive.features.similar.service import DuplicateService
from photoarchive.features.sources.catalog_view import CatalogView
from photoarchive.features.sources.chooser import FolderChooser
from photoarchive.features.sources.drive_watch import DriveWatch
from photoarchive.features.sources.integrity_job import IntegrityJob
from photoarchive.features.sources.jobs import ScanJob
from photoarchive.features.sources.pair_service import PairService
from photoarchive.features.sources.placement import Reserved
from photoarchive.features.sources.probes import Prober
from photoarchive.features.sources.routes import SourceParts
from photoarchive.features.sources.scan_run import ScanTools
from photoarchive.features.sources.service import SourceService
from photoarchive.features.sources.trash_job import TrashJob
from photoarchive.features.sources.watcher import Watcher
from photoarchive.features.video.jobs import FramesJob, ProxyJob
from photoarchive.features.video.proxies import Proxies
from photoarchive.features.video.service import VideoService
from photoarchive.features.video.strips import Strips
from photoarchive.imaging.cache import PreviewCache
from photoarchive.imaging.previews import WORKER_MODULES
from photoarchive.ml.embedder import model_key
from photoarchive.ml.host import ModelHost
from photoarchive.ml.model_shelf import ModelShelf
from photoarchive.ml.model_supply import ModelSupply
from photoarchive.ml.vectors import VectorStore
from photoarchive.rating.boards import Boards
from photoarchive.rating.follower import Follower
from photoarchive.rating.journal import Journal
from photoarchive.rating.projection import Ratings
from photoarchive.retrieval.duplicates import LikestPairs, PairMeter
from photoarchive.retrieval.groups import DuplicateGroups
from photoarchive.retrieval.meaning import Meaning
from photoarchive.retrieval.qualities import KnownFaces, MeasuredQualities
from photoarchive.retrieval.searcher import Searcher
from photoarchive.retrieval.similar import Similar
from photoarchive.work.governor import Governor
from photoarchive.work.pool import Pool
from photoarchive.work.runner import Runner

PAUSED_KEY = "paused_jobs"      # in `meta`: the jobs the user paused, kept over restarts


class Archive:
    """One open archive. Thread-safe parts; start() begins the background work, close() ends everything."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.bus = Bus()
        self.settings = SettingsStore(config.settings_path, config, self.bus)
        self.db = Database(config.database_path)
        try:
            self._build_catalog()
            self._build_work()
            self._build_duplicates()
            self._build_search()
            self._build_ratings()
            self._build_features()
            self._build_people()
            self._add_jobs()
        except BaseException:
            self.db.close()
            raise

    def _build_catalog(self) -> None:
        self.columns = Columns(self.db, self.config.run_dir)
        self.text = FullText(self.db, self.columns)
        self.views = Views(self.columns, self.text)
        self.actions = ActionLog(self.db, self.bus)
        self.marks = Marks(self.db, self.columns, self.actions)
        self.faces = FaceColumns(self.db, self.columns)
        self.sources = SourceTable(self.db, self.bus)
        self.files = Files(self.db)
        self.scans = Scans(self.db)
        self.backups = Backups(self.config.database_path, self.config.backups_dir)
        install_guard(self.sources.roots)
        self.settings.path_check = FolderCheck(self.sources.roots)

    def _build_work(self) -> None:
        self.governor = Governor(self.settings)
        self.upkeep = Upkeep(self.columns, self.views, self.governor.user_active)
        self.pool = Pool(os.cpu_count() or 2, preload=(*WORKER_MODULES, "photoarchive.imaging.reading"))
        self.runner = Runner(self.governor, self.bus, remembered=json.loads(self.db.meta(PAUSED_KEY, "[]")),
                             remember=self._remember_paused, process_starts=lambda: self.pool.starts)
        self.cache = PreviewCache(self.db, self.settings, self.bus)
        self.vectors = VectorStore(self.db, self.config.run_dir)
        self.host = ModelHost(self.config.models_dir, self.vectors, has_photos=self._has_photos,
                              may_load=lambda: self.governor.decision().heavy_models,
                              user_active=self.governor.user_active)
        made_up = demo_dimension(self.vectors.models())
        if made_up:
            self.host.stand_in(DemoEmbedder(self.host.lite, made_up))

        self.model_records = ModelRecords(self.db)
        self.shelf = ModelShelf(self.settings, self.model_records, self.bus)
        self.supply = ModelSupply(self.shelf, self.host, self.bus)

    def _build_duplicates(self) -> None:
        store = Duplicates(self.db)
        likest, qualities = LikestPairs(store), MeasuredQualities(store, KnownFaces(self.faces))
        decisions = Decisions(self.db, self.columns, self.actions)
        self.groups = DuplicateGroups(self.views, likest, decisions, qualities)
        self.duplicates_job = DuplicatesJob(Parts(self.db, self.columns, self.cache, store, likest, self.groups,
                                                  qualities))
        self.duplicates = DuplicateService(self.views, self.groups, decisions, job=self.duplicates_job,
                                           meter=PairMeter(store, self.columns))
        self.similar = Similar(self.views, self.vectors, self.host, self.cache)
        self.looks = LookService(self.views, self.similar, self.vectors, Embeddings(self.db))

    def _build_search(self) -> None:
        self.searches = Searches(self.db)
        meaning = Meaning(self.searches, self.settings, self.host, self.vectors)
        self.searcher = Searcher(self.views, self.text, meaning)
        self.searcher.register_near(self.similar.among)
        self.search = SearchService(self.views, self.searcher, self.searches, tags=self.vectors.embeddings.tags,
                                    clear_results=meaning.clear)

    def _build_ratings(self) -> None:
        self.ratings = Ratings(ChoiceLog(self.db), self.config.run_dir)
        self.follower = Follower(self.ratings, LookVectors(self.vectors, self.host), self.governor.user_active)
        self.compare = CompareService(self.views, self.ratings, Journal(self.ratings, self.columns, self.actions),
                                      Boards(self.ratings, self.columns, self.groups))

    def _build_features(self) -> None:
        self.library = LibraryService(self.views, self.marks, self.actions)
        self.library.add_statistics(self.compare.statistics)
        self.news = LibraryNews(self.views, self.bus)
        self.albums = AlbumService(self.views, Albums(self.db, self.columns, self.actions))
        self.organise = OrganiseService(self.views, UserKeywords(self.db, self.columns, self.actions),
                                        Overlays(self.db, self.columns, self.actions))
        self.places = PlaceService(self.views)
        self.map = MapService(self.views)
        self.corrections = CorrectionService(self.views, Corrections(self.db, self.columns, self.actions))
        self.prober = Prober(self.db)
        self.scan_job = ScanJob(ScanTools(self.db, self.sources, self.pool, self.prober), self.scans, self.bus)
        self.drive_watch = DriveWatch(self.sources, self.prober, self.scans, self.runner.wake)
        service = SourceService(self.db, self.sources, self.scans, self.scan_job, self.prober, self.actions,
                                reserved=self._own_folders, wake=self.runner.wake)
        self.watcher = Watcher(self.db, self.sources, self.bus, service.queue_folders)
        self.catalog_view = CatalogView(
            self.sources, self.scans, self.scan_job, self.columns, self.views.further)
        self.chooser = FolderChooser()
        self.source_parts = SourceParts(self.sources, self.scans, service, self.catalog_view,
                                        PairService(self.db, self.actions, self.bus), self.prober, self.chooser)
        self.metadata = MetadataService(self.db, self.sources, self.pool)
        self.media = Media(db=self.db, cache=self.cache, pool=self.pool, files=self.files, sources=self.sources,
                           settings=self.settings, bus=self.bus)
        videos = Videos(self.db)
        self.videos = VideoService(
            videos=videos, strips=Strips(cache=self.cache, pool=self.pool, videos=videos, sources=self.sources,
                                         place_of=self.media.place_of),
            proxies=Proxies(videos=videos, cache=self.cache, subject_of=self.media.subject,
                            open_original=self.media.fulls.open_original),
            subject_of=self.media.subject, unplayable=unplayable, wake=self.runner.wake)
        copies = Copies(self.db)
        self.copy_job = CopyJob(copies, Copier(self.db, copies, self.files, sources=self.sources, pool=self.pool))
        self.copies = CopyService(self.views, copies, self.copy_job, Surroundings(
            self.prober.resolve, self.sources.roots, lambda: [(own.path, own.name) for own in self._own_folders()],
        ), self.runner.wake)
        self.settings_service = SettingsService(self.settings, self.db, self.actions)
        self.models = ModelService(
            self.shelf, self.model_records, self.settings, self.bus,
            save=lambda changes, window, remote: self.settings_service.save(changes, window, remote=remote),
            running=self.host.state)

    def _build_people(self) -> None:
        faces = self.faces
        register_people_filters(self.views, faces)
        PeopleNews(self.db, self.bus, faces)
        people, lists, questions = People(self.db, faces, self.actions), PeopleLists(self.db, faces), Questions(self.db)
        store = FaceStore(self.db)
        models = FaceModels(self.settings, store, self.config.models_dir)
        self.grouping = Grouping(self.db, store, models)
        people.on_change(self.grouping.heard)
        self.face_job = FaceJob(db=self.db, columns=self.columns, cache=self.cache, store=store, models=models,
                                grouping=self.grouping, settings=self.settings)
        self.people = PeopleService(
            db=self.db, people=people, faces=faces, lists=lists, questions=questions,
            looks=FaceLooks(store, faces, models), dictionaries=self.views.dictionaries)
        self.people_status = PeopleStatus(
            db=self.db, faces=faces, lists=lists, questions=questions, models=models, job=self.face_job,
            runner=self.runner, settings=self.settings)
        self.face_thumbs = FaceThumbs(self.db, self.cache)

    def _add_jobs(self) -> None:
        previews = PreviewJob(
            cache=self.cache, renders=self.media.renders, order=PathOrder(self.db, self.cache.index),
            subjects=self.media.subjects, sources=self.sources, settings=self.settings,
        )
        self.cache_view = CacheView(self.cache, previews, self.runner, self.settings)
        embed = EmbedJob("embed", daily_sources(self.host), host=self.host, store=self.vectors, cache=self.cache,
                         subjects=self.media.subjects)
        self.views.register_filter("tag", TagFilter(self.vectors))
        self.embeddings = EmbeddingService(embed, host=self.host, store=self.vectors, cache=self.cache,
                                           runner=self.runner, installing=self.models.is_installing)
        deep_job = self._deep_job()
        for job in (
            self.scan_job, MetadataJob(self.db, self.sources, self.pool), previews,
            OriginalsJob(self.db, self.media, self.settings), IntegrityJob(self.db, self.sources, self.pool),
            FramesJob(columns=self.columns, cache=self.cache, strips=self.videos.strips, videos=self.videos.videos,
                      subjects=self.media.subjects, sources=self.sources),
            ProxyJob(self.videos.proxies, self.videos.videos, self.media.subjects),
            SearchWordsJob(self.text), self.face_job, self.copy_job, DailyBackupJob(self.backups, self._has_photos),
            TrashJob(self.db, self.sources),
            PlacesJob(Places(self.db, self.columns)), self.duplicates_job, embed, deep_job,
        ):
            self.runner.add(job)

    def _deep_job(self) -> DeepJob:
        """The daily job's way of making vectors, for the model of Deep Search, behind its schedule and its terms."""
        def sources() -> Sequence[Source]:
            deep = self.host.registered("deep")
            return [Source(model_key(deep), deep.look_key, lambda: self.host.deep() or deep)] if deep else []

        photos = EmbedJob("deep", sources, host=self.host, store=self.vectors, cache=self.cache,
                          subjects=self.media.subjects)
        terms = DeepTerms(self.settings, self.searches, self.searcher, self.bus,
                          lambda changes, window: self.settings_service.save(changes, window, remote=False))
        job = DeepJob(settings=self.settings, terms=terms, photos=photos,
                      deep=lambda: self.host.registered("deep"), decision=self.governor.decision)
        self.deep = DeepService(settings=self.settings, terms=terms, job=job, photos=photos, runner=self.runner)
        return job

    def start(self) -> None:
        """Begin to watch drives and to work."""
        self.upkeep.start()
        self.cache.start()
        self.media.start()
        self.follower.start()
        self.drive_watch.start()
        self.watcher.start()
        self.host.start()
        self.supply.start()
        self.runner.start()

    def close(self) -> None:
        """End the work at a batch border, then the workers, then the catalog. Takes about three seconds at most.

        Work that hangs on a drive ends with its workers; threads that hang are left behind.
        """
        rests = self.runner.stop(0.8)
        end_together((
            self.models.close, self.supply.close, self.host.close, self.shelf.close, self.videos.close,
            self.chooser.close, self.watcher.stop, self.drive_watch.stop, self.media.close, self.pool.close,
        ), 1.0)
        if not rests:
            self.runner.stop(0.3)
        end_together((self.cache.close, self.follower.close), 1.0)
        self.grouping.close()
        self.upkeep.close()
        self.vectors.close()
        self.db.close()

    def _has_photos(self) -> bool:
        return self.columns.rows > 1

    def _own_folders(self) -> list[Reserved]:
        return [Reserved(os.fsencode(self.config.home), "data folder"),
                Reserved(os.fsencode(self.settings.current.ssd_cache_dir), "cache folder")]

    def _remember_paused(self, names: list[str]) -> None:
        self.db.write(lambda tx: tx.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (PAUSED_KEY, json.dumps(names))))
