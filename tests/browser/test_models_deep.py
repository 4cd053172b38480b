"""Settings → Search models and Deep search: what is said, and what can be done by hand and by keyboard."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browsing import accessibility_problems, eventually, until
from conftest import start_server
from hub_server import Hub, hub_server
from photoarchive.bench._tiny_qwen import write_tiny_model


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with hub_server(Hub(write_tiny_model(tmp_path_factory.mktemp("hub")))) as serving:
        yield serving


@pytest.fixture(scope="module")
def server(tmp_path_factory, hub):
    home = tmp_path_factory.mktemp("models") / "home"
    home.mkdir()
    started = start_server(home, looking=True, HF_ENDPOINT=hub.url)
    yield started
    started.stop()


def test_a_model_is_installed_paused_and_removed_by_hand(server, hub, visit, page):
    visit("/settings/models", server)
    daily = page.locator("[data-model=daily]")
    expect(daily).to_contain_text("Basic search works now")
    expect(page.locator("[data-model=basic]")).to_contain_text("Installed")
    expect(page.locator("[data-model=faces]")).to_contain_text("Installed")
    assert accessibility_problems(page) == []
    hub.throttle_s = 1.0        # 18 pieces: nobody is too late to pause it
    daily.get_by_role("button", name="Install").click()
    dialog = page.get_by_role("dialog", name="Install Qwen3-VL-Embedding 2B?")
    expect(dialog).to_contain_text(hub.url)
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Fetch").click()
    bar = daily.get_by_role("progressbar", name="Installing")
    bar.wait_for()
    daily.get_by_role("button", name="Pause").click()
    expect(daily).to_have_attribute("data-state", "paused")
    assert accessibility_problems(page) == []
    hub.throttle_s, hub.flip = 0.0, "model.safetensors"
    daily.get_by_role("button", name="Resume").click()
    expect(daily.get_by_role("alert")).to_contain_text("arrived with a wrong checksum")
    hub.flip = ""
    daily.get_by_role("button", name="Resume").click()
    expect(daily).to_have_attribute("data-state", "installed")
    expect(daily).to_contain_text("01234567, first installed")
    daily.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog", name="Remove").get_by_role("button", name="Delete").click()
    expect(daily).to_have_attribute("data-state", "absent")
    eventually(page, lambda: Path(server.get("/api/ai/models")["models"][1]["folder"]).exists(), False)


def test_a_folder_that_is_no_model_says_why_and_changes_nothing(server, visit, page, watch, tmp_path):
    watch.allow(400, "/api/ai/model/folder")
    visit("/settings/models", server)
    deep = page.locator("[data-model=deep]")
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "pytorch_model.bin").write_bytes(b"x")
    for name in ("config.json", "tokenizer.json", "preprocessor_config.json"):
        shutil.copy(write_tiny_model(tmp_path / "tiny") / name, wrong)
    deep.get_by_role("button", name="Choose folder").click()
    dialog = page.get_by_role("dialog", name="Folder of")
    choose = dialog.get_by_role("button", name="Use this folder")
    expect(choose).to_be_enabled()
    page.route("**/api/ai/model/folder", lambda route: route.continue_(
        post_data={"role": "deep", "path": str(wrong)}))       # the browser would have to walk there folder by folder
    choose.click()
    expect(deep.get_by_role("alert")).to_contain_text("can carry program code (pytorch_model.bin)")
    expect(deep).to_have_attribute("data-state", "absent")


def test_terms_and_hours_are_kept_and_undone(server, visit, page):
    visit("/settings/deep", server)
    expect(page.locator(".deep-state")).to_contain_text("Deep Search needs its model")
    assert accessibility_problems(page) == []
    term = page.get_by_role("textbox", name="New term")
    for text in ("a red boat", "snow at night"):
        term.fill(text)
        term.press("Enter")
        page.locator(f"[data-term='{text}']").wait_for()
    expect(term).to_have_value("")
    page.get_by_role("button", name="Remove a red boat").click()
    expect(page.locator("[data-term='a red boat']")).to_have_count(0)
    eventually(page, lambda: server.get("/api/settings")["settings"]["deep_search_terms"], ["snow at night"])
    page.get_by_role("checkbox", name="Sunday").uncheck()
    page.get_by_label("From").fill("21:30")
    page.get_by_label("To", exact=True).fill("23:00")
    page.get_by_role("combobox", name="Time zone").select_option("America/New_York")
    expect(page.get_by_text("They end on the same day.")).to_be_visible()

    def schedule() -> tuple[str, str, str, str]:
        now = server.get("/api/deep/status")["schedule"]
        return now["start"], now["end"], now["timezone"], " ".join(now["days"])

    eventually(page, schedule, ("21:30", "23:00", "America/New_York", "mon tue wed thu fri sat"))
    page.get_by_role("switch", name="Work on a schedule").uncheck()
    expect(page.get_by_text("The schedule is off.")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("switch", name="Work on a schedule")).to_be_checked()
    assert accessibility_problems(page) == []


def test_two_days_switched_before_any_answer_are_both_kept(server, visit, page):
    visit("/settings/deep", server)
    days = ("Tuesday", "Thursday")
    page.get_by_role("checkbox", name=days[0]).wait_for()
    for on in (False, True):
        page.evaluate("days => days.forEach((day) => document.querySelector(`[aria-label=${day}]`).click())", days)
        for day in days:
            expect(page.get_by_role("checkbox", name=day)).to_be_checked(checked=on)
        eventually(page, lambda: {"tue", "thu"} & set(server.get("/api/deep/status")["schedule"]["days"]),
                   {"tue", "thu"} if on else set())


def test_a_term_that_is_saved_already_is_refused_at_its_field(server, visit, page, watch):
    watch.allow(409, "/api/deep/terms")
    server.post("/api/deep/terms", {"terms": ["old boats"]})
    visit("/settings/deep", server)
    term = page.get_by_role("textbox", name="New term")
    term.fill("OLD boats")
    term.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is saved already")
    expect(term).to_have_value("OLD boats")


@pytest.mark.parametrize("section", ["models", "deep"])
def test_a_narrow_window_shows_everything_without_scrolling_sideways(server, visit, page, section):
    page.set_viewport_size({"width": 320, "height": 640})
    visit(f"/settings/{section}", server)
    page.locator(".model, .deep-state").first.wait_for()
    until(page, "document.documentElement.scrollWidth <= 320")
