"""What the card of a model says: state, size, what it enables, whether it fits this machine. Sentences for people."""

from __future__ import annotations

from typing import Any

from photoarchive.catalog.model_records import Pin
from photoarchive.features.models.views import FitView, InstallView, ModelView
from photoarchive.ml.devices import SMALL_PARAMETERS, Device, choose_precision, least_memory
from photoarchive.ml.model_install import Install
from photoarchive.ml.model_shelf import KNOWN, KnownModel, Shelved

TITLES = {"daily": "Daily search", "deep": "Deep search"}
ENABLES = {
    "daily": "Describe any photo in your own words and in many languages: people, actions, moods, colours, text in "
             "pictures. Answers every search.",
    "deep": "A larger model that looks more closely. It works at night on your saved terms and on what you searched "
            "for, and its results replace the fast ones.",
}
WITHOUT = {
    "daily": "Basic search works now: objects, animals and scenes, in English, together with names, places, dates and "
             "keywords.",
    "deep": "Daily search answers everything; Deep Search adds nothing until this model is there.",
}
STATES = {"absent": "absent", "partial": "paused", "checking": "checking", "ready": "installed", "wrong": "wrong"}
SENTENCES = {
    "absent": "Not installed.", "checking": "Checking the files, once.", "installed": "Installed and ready.",
    "installing": "Installing.", "paused": "The install was paused. What has arrived is kept.",
}
FACES_BYTES = 10_800_000
BASIC_BYTES = 47_600_000
LIKE_KNOWN = 0.2        # a folder with so many parameters more or less is taken for the model of the settings


def card(
    found: Shelved, install: Install | None, pin: Pin | None, device: Device, *,
    installing: bool, running: dict[str, Any] | None, packages: bool, default_folder: bool,
) -> ModelView:
    """The card of a role, from what was found in its folder and the install that runs."""
    place, known = found.place, KNOWN.get(found.place.model_id)
    state = "installing" if installing else STATES[found.state]
    progress = _progress(install, found)
    failed = progress.sentence if progress is not None and state in ("paused", "absent") else ""
    facts = found.facts
    parameters = facts.parameters if facts else known.parameters if known else 0
    return ModelView(
        role=place.role, title=TITLES[place.role], name=_name(found, known),
        model_id=place.model_id, state=state,
        sentence=found.reason if state == "wrong" else failed or SENTENCES[state],
        enables=ENABLES[place.role], without=WITHOUT[place.role],
        size=facts.size if facts else progress.total if progress and progress.total else known.size if known else 0,
        folder=str(place.folder), own_folder=found.ours is not None, default_folder=default_folder,
        installable=known is not None and state in ("absent", "paused"),
        revision=place.revision, version=found.version, commit=pin.commit if pin else "",
        first_installed_at=pin.pinned_at if pin else None, checked=round(found.checked, 3),
        fit=_fit(device, parameters, packages), install=progress, running=running,
    )


def _name(found: Shelved, known: KnownModel | None) -> str:
    """What the model is called: a folder of the user's may hold another one than the settings name."""
    facts = found.facts
    if facts is None or (known is not None and abs(facts.parameters / known.parameters - 1) < LIKE_KNOWN):
        return known.title if known else found.place.model_id
    millions = facts.parameters / 1e6
    size = f"{millions / 1000:.1f} B" if millions >= 1000 else f"{millions:.1f} M"
    return f"Qwen3-VL-Embedding, {size}"


def basic_card(running: dict[str, Any] | None) -> ModelView:
    """The model of basic search, built from packages that come with photoArchive. running: what the host says of it."""
    error = str((running or {}).get("error", ""))
    return ModelView(
        role="basic", title="Basic search", name="EfficientNet-Lite2 and MiniLM", model_id="bundled",
        state="wrong" if error else "installed", sentence=error or "Comes with photoArchive.",
        enables="Describe things, animals, food, vehicles, buildings and landscapes, in English, and find look-alikes. "
                "Works from the first minute, without a graphics card; people and actions it hardly knows.",
        without="", size=BASIC_BYTES, folder="", own_folder=False, default_folder=True, installable=False, revision="",
        version="", commit="", first_installed_at=None, checked=1.0, fit=None, install=None, running=running,
    )


def faces_card() -> ModelView:
    """The models that find faces come with photoArchive."""
    return ModelView(
        role="faces", title="Faces", name="YuNet and SFace", model_id="bundled", state="installed",
        sentence="Comes with photoArchive.", enables="Finds faces and tells people apart.", without="",
        size=FACES_BYTES, folder="", own_folder=False, default_folder=True, installable=False, revision="", version="",
        commit="", first_installed_at=None, checked=1.0, fit=None, install=None, running=None,
    )


def _progress(install: Install | None, found: Shelved) -> InstallView | None:
    """A running install, or how far an earlier one came."""
    if install is not None and install.progress.phase != "done":
        now = install.progress
        left = now.total - now.done
        eta = left / now.bytes_per_second if now.bytes_per_second > 0 and now.total else None
        return InstallView(now.phase, now.done, now.total, round(now.bytes_per_second), eta, now.file, now.sentence)
    if found.state == "partial":
        total = found.ours.size if found.ours else 0
        return InstallView("stopped", arrived(found), total, 0.0, None, "", "")
    return None


def arrived(found: Shelved) -> int:
    """Bytes of an unfinished install that are there."""
    try:
        return sum(path.stat().st_size for path in found.place.folder.iterdir() if path.is_file())
    except OSError:
        return 0


def _fit(device: Device, parameters: int, packages: bool) -> FitView | None:
    if not parameters:
        return None
    if not packages:
        return FitView("no_packages", "Needs the packages of photoarchive[qwen] (torch and transformers), which "
                       "are not installed.", device.name, "")
    chosen = choose_precision(device, parameters, quantisation=device.kind == "cuda")
    if chosen is None:
        needed = least_memory(device, parameters, quantisation=device.kind == "cuda")
        return FitView("too_large", f"Needs {needed / 1e9:.0f} GB of free memory; this machine ({device.name}) has "
                       f"{device.free_bytes / 1e9:.0f} GB.", device.name, "")
    if device.kind == "cpu" and parameters > SMALL_PARAMETERS:
        return FitView("slow", "Fits, but without a graphics card a photo takes many seconds "
                       f"({device.name}, {chosen.name}).", device.name, chosen.name)
    return FitView("fits", f"Fits this machine ({device.name}, {chosen.name}).", device.name, chosen.name)

