"""The Work bar and its panel on a real scan."""

from __future__ import annotations

from playwright.sync_api import expect

from browsing import accessibility_problems, eventually
from conftest import LOOKING


def test_an_idle_archive_is_all_caught_up(visit):
    page = visit("/catalog")
    expect(page.locator("#work-bar")).to_contain_text("All caught up")


def test_jobs_show_a_meter_while_they_work_and_files_that_could_not_be_done(live_server, visit, photos):
    """With previews held back the job waits in the bar, with its reason; run, it goes away, and leaves its failures."""
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    live_server.post("/api/work/previews/pause")
    live_server.add_folder(photos)
    page = visit("/catalog")
    meter = page.locator("[data-job=previews]")
    expect(meter).to_contain_text("paused")
    expect(meter.get_by_role("progressbar", name="Previews")).to_have_attribute("aria-valuenow", "0")
    live_server.post("/api/work/previews/resume")
    live_server.post("/api/work/previews/run")
    expect(meter).to_have_count(0, timeout=60_000)
    page.get_by_role("button", name="Work", exact=True).click()
    panel = page.get_by_role("dialog", name="Background work")
    panel.get_by_role("button", name="could not be done").first.click()
    expect(panel.get_by_text("broken.jpg").first).to_be_visible()


def test_the_panel_pauses_and_resumes_a_job(empty_server, visit):
    page = visit("/catalog")
    opener = page.get_by_role("button", name="Work", exact=True)
    opener.click()
    panel = page.get_by_role("dialog", name="Background work")
    expect(panel.get_by_role("button", name="Pause Previews")).to_be_visible()
    assert accessibility_problems(page) == []
    panel.get_by_role("button", name="Pause Previews").click()
    expect(panel.get_by_role("button", name="Resume Previews")).to_be_visible()
    states = {job["name"]: job["state"] for job in empty_server.get("/api/work")["jobs"]}
    assert states["previews"] == "paused"
    panel.get_by_role("button", name="Resume Previews").click()
    expect(panel.get_by_role("button", name="Pause Previews")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(opener).to_be_focused()


def test_pause_all_and_resume_all(empty_server, visit):
    page = visit("/catalog")
    page.get_by_role("button", name="Work", exact=True).click()
    panel = page.get_by_role("dialog", name="Background work")
    panel.get_by_role("button", name="Pause all").click()
    expect(panel.get_by_role("button", name="Resume all")).to_be_visible()
    assert empty_server.get("/api/work")["paused_all"] is True
    panel.get_by_role("button", name="Resume all").click()
    expect(panel.get_by_role("button", name="Pause all")).to_be_visible()
    assert empty_server.get("/api/work")["paused_all"] is False
    for job in LOOKING:
        empty_server.post(f"/api/work/{job}/pause")


def test_the_mode_is_chosen_in_the_panel(empty_server, visit):
    page = visit("/catalog")
    page.get_by_role("button", name="Work", exact=True).click()
    with page.expect_response("**/api/work/mode"):
        page.get_by_role("dialog", name="Background work").get_by_role("radio", name="Browse").check()
    expect(page.get_by_text("Nothing is prepared in the background.").first).to_be_visible()
    eventually(page, lambda: empty_server.get("/api/work")["mode"], "browse")
    empty_server.post("/api/work/mode", {"mode": "light"})


def test_a_server_that_is_gone_is_said(live_server, visit, watch):
    page = visit("/catalog")
    live_server.stop()
    watch.expect_problem("")
    expect(page.locator("#work-bar")).to_contain_text("isn't answering")
