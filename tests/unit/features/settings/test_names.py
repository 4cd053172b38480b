"""Settings in the words of the history."""

from __future__ import annotations

from photoarchive.core.settings import RULES
from photoarchive.features.settings.names import NAMES, phrase


def test_every_setting_has_a_name_of_its_own() -> None:
    assert set(NAMES) == set(RULES)
    assert len(set(NAMES.values())) == len(NAMES)
    assert phrase(["thumb_quality"]) == "the preview quality"
    assert phrase(["thumb_quality", "ssd_cache_gb"]) == "2 settings"
