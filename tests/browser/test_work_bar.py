"""The Work bar and its panel on a real scan."""

from __future__ import annotations

from browsing import accessibility_problems


def test_an_idle_archive_is_all_caught_up(visit):
    page = visit("/catalog")
    page.locator("#work-bar").get_by_text("All caught up").wait_for()


def test_jobs_show_a_meter_while_they_work(live_server, visit, photos):
    """With previews held back the job waits in the bar, with its reason; run, it goes away."""
    live_server.post("/api/work/previews/pause")
    live_server.add_folder(photos)
    page = visit("/catalog")
    meter = page.locator("[data-job=previews]")
    meter.wait_for()
    assert "paused" in meter.inner_text()
    bar = meter.get_by_role("progressbar", name="Previews")
    assert bar.get_attribute("aria-valuenow") == "0"
    live_server.post("/api/work/previews/resume")
    live_server.post("/api/work/previews/run")
    meter.wait_for(state="detached", timeout=60_000)


def test_the_panel_pauses_and_resumes_a_job(library_server, visit):
    page = visit("/catalog", library_server)
    page.get_by_role("button", name="Work", exact=True).click()
    panel = page.get_by_role("dialog", name="Background work")
    assert accessibility_problems(page) == []
    panel.get_by_role("button", name="Pause Previews").click()
    panel.get_by_role("button", name="Resume Previews").wait_for()
    states = {job["name"]: job["state"] for job in library_server.get("/api/work")["jobs"]}
    assert states["previews"] == "paused"
    panel.get_by_role("button", name="Resume Previews").click()
    panel.get_by_role("button", name="Pause Previews").wait_for()
    page.keyboard.press("Escape")
    panel.wait_for(state="detached")
    assert "Work" in page.evaluate("document.activeElement.textContent")


def test_pause_all_and_resume_all(library_server, visit):
    page = visit("/catalog", library_server)
    page.get_by_role("button", name="Work", exact=True).click()
    panel = page.get_by_role("dialog", name="Background work")
    panel.get_by_role("button", name="Pause all").click()
    panel.get_by_role("button", name="Resume all").wait_for()
    assert library_server.get("/api/work")["paused_all"] is True
    panel.get_by_role("button", name="Resume all").click()
    panel.get_by_role("button", name="Pause all").wait_for()
    assert library_server.get("/api/work")["paused_all"] is False


def test_files_that_could_not_be_done_are_listed_with_their_reasons(live_server, visit, photos):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    live_server.add_folder(photos)
    live_server.settle(("scan", "metadata", "previews"))
    page = visit("/catalog")
    page.get_by_role("button", name="Work", exact=True).click()
    panel = page.get_by_role("dialog", name="Background work")
    panel.get_by_role("button", name="could not be done").first.click()
    panel.get_by_text("broken.jpg").first.wait_for()


def test_the_mode_is_chosen_in_the_panel(live_server, visit):
    page = visit("/catalog")
    page.get_by_role("button", name="Work", exact=True).click()
    with page.expect_response("**/api/work/mode"):
        page.get_by_role("dialog", name="Background work").get_by_role("radio", name="Browse").check()
    page.get_by_text("Nothing is prepared in the background.").first.wait_for()
    assert live_server.get("/api/work")["mode"] == "browse"


def test_a_server_that_is_gone_is_said(live_server, visit, watch):
    page = visit("/catalog")
    live_server.stop()
    page.locator("#work-bar").get_by_text("isn't answering").wait_for(timeout=15_000)
    watch.problems.clear()
