"""What each setting is called in the history."""

from __future__ import annotations

NAMES = {
    "thumb_size_sm": "the size of small previews",
    "thumb_size_md": "the size of medium previews",
    "thumb_size_lg": "the size of large previews",
    "thumb_quality": "the preview quality",
    "ssd_cache_dir": "the cache folder",
    "ssd_cache_gb": "the cache’s room on the drive",
    "memory_cache_gb": "the cache’s room in memory",
    "cache_profile": "what the cache is for",
    "pregenerate_on_idle": "whether previews are prepared ahead",
    "background_thumb_workers": "how many photos are worked on at a time",
    "pregen_generate_batch": "how many photos one step of work takes",
    "pregen_batch_pause_ms": "the rest between steps of work",
    "embed_batch_pause_ms": "the rest between steps of the search index",
    "embed_batch_size": "how many photos one step of the search index takes",
    "embed_model_id": "the search model",
    "embed_model_revision": "the revision of the search model",
    "embed_model_dir": "the folder of the search model",
    "deep_model_id": "the model of Deep Search",
    "deep_model_revision": "the revision of Deep Search’s model",
    "deep_model_dir": "the folder of Deep Search’s model",
    "search_calibrated": "whether the archive decides how close a search result must be",
    "search_similarity_threshold": "how close a search result must be",
    "background_work_mode": "the work mode",
    "deep_search_terms": "the terms of Deep Search",
    "deep_search_schedule_enabled": "whether Deep Search keeps a schedule",
    "deep_search_schedule_days": "the days of Deep Search",
    "deep_search_schedule_start": "when Deep Search begins",
    "deep_search_schedule_end": "when Deep Search ends",
    "deep_search_schedule_timezone": "the time zone of Deep Search",
    "show_loupe_cache_status": "whether the loupe says which preview is shown",
    "people_scan_enabled": "whether faces are looked for",
    "face_model_id": "the face model",
    "face_model_dir": "the folder of the face model",
    "face_detection_size": "the picture size in which faces are looked for",
    "face_similarity_threshold": "how alike faces of one person must be",
    "face_merge_suggestion_threshold": "how alike people must be to suggest merging them",
}


def phrase(keys: list[str]) -> str:
    """Some settings in words: "the preview quality", or "5 settings"."""
    return NAMES[keys[0]] if len(keys) == 1 else f"{len(keys)} settings"
