"""People through the server: a library whose files name faces, and the calls of a review."""

from __future__ import annotations

import json
import threading

import pytest

import people_files

PAGE = "/api/people?section="


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A server over 12 drawn photos: Ana in six, Ben in four, two together, boxes and names from sidecars."""
    with people_files.served(tmp_path_factory.mktemp("people")) as server:
        yield server


def section(server, name):
    return server.get(PAGE + name)["sections"][name]


def named(server, name):
    return next((card for card in section(server, "named")["people"] if card["name"] == name), None)


def test_names_in_files_make_people_with_all_fields(people):
    """Boxes of sidecars become faces; their names people with a card, faces, a view and a facet."""
    ana = named(people, "Ana")
    assert (ana["status"], ana["photo_count"], ana["face_count"]) == ("named", 8, 8)
    assert set(ana) >= {"id", "name", "label", "status", "photo_count", "face_count", "best_quality", "latest_face_at",
                        "representative_face_id", "representative_image_id", "representative_bbox", "face_thumb_url",
                        "thumb_url"}
    person = people.get(f"/api/people/{ana['id']}")
    assert len(person["faces"]) == 6 and person["faces"][0]["said"] == "file"
    status = people.get("/api/people/status")
    assert status["counts"]["named"] == 2 and status["source_files_preserved"] is True
    assert set(status["counts"]) >= {"people", "named", "unknown", "other_faces", "detected_faces",
                                     "pending_cached_images", "merge_suggestions"}
    assert people.get("/api/people/names?q=be")["names"][0]["name"] == "Ben"


def test_a_new_home_says_how_people_stand_without_making_a_model(still_server):
    """Nobody waits for the face model, which is made when the first face is to be found."""
    model = still_server.get("/api/people/status")["model"]
    assert (model["id"], model["name"], len(model["version"])) == ("bundled", "YuNet + SFace", 8)
    assert not list(still_server.home.rglob("faces-bundled-*"))


def test_people_filter_every_view(people):
    """any of, all of, none of, number of faces, has faces, person: in a search, and the counts of the panel."""
    ana, ben = named(people, "Ana")["id"], named(people, "Ben")["id"]
    count = lambda query: people.get(f"/api/rankings?{query}")["visible_images"]    # noqa: E731
    assert [count(q) for q in (f"people={ana}", f"people={ana},{ben}", f"people_all={ana},{ben}",
                               f"people_none={ana}", f"people={ana}&people_none={ben}")] == [8, 12, 2, 6, 6]
    assert [count(q) for q in ("faces=2", "faces=>=1", "faces=0", "has=faces", "has=-faces")] == [2, 12, 2, 12, 2]
    values = {one["label"]: one["count"] for one in people.get("/api/facets")["facets"]["people"]}
    assert (values["Ana"], values["Ben"], values["Unnamed"]) == (8, 6, 0)
    assert people.error("GET", "/api/rankings?people=nobody")[0] == 400
    assert people.get("/api/search?q=person:ana")["visible_images"] == 8


def test_a_review_with_undo(people):
    """Rename, move a face, split, merge, ignore, cover; then undo all, and everybody is as before."""
    before = [(card["id"], card["name"], card["face_count"]) for card in section(people, "named")["people"]]
    ana, ben = named(people, "Ana")["id"], named(people, "Ben")["id"]
    faces = [face["id"] for face in people.get(f"/api/people/{ana}/faces")["faces"]]
    calls = [
        (f"/api/people/{ana}/label", {"name": "Anna  Maria"}),
        (f"/api/people/faces/{faces[0]}/assign", {"name": "Carla"}),
        (f"/api/people/faces/{faces[1]}/reject", {}),
        (f"/api/people/{ana}/split", {"face_ids": faces[2:4], "name": "Dora"}),
        ("/api/people/merge", {"source_person_id": ben, "target_person_id": ana}),
        (f"/api/people/{ana}/cover", {"face_id": faces[5]}),
        (f"/api/people/faces/{faces[6]}/ignore", {}),
        (f"/api/people/{ana}/ignore", {}),
    ]
    for path, body in calls:
        answer = people.post(path, body)
        assert answer["ok"] and answer["action_id"], path
    assert section(people, "ignored")["total"] == 1
    assert people.get("/api/people/faces?state=ignored")["faces"][0]["id"] == faces[6]
    assert people.get("/api/people/faces?state=unsorted")["total"] == 1
    assert people.get(f"/api/people/{ben}")["status"] == "merged"
    for _ in calls:
        assert people.post("/api/undo", {})["ok"]
    assert [(card["id"], card["name"], card["face_count"]) for card in section(people, "named")["people"]] == before


def test_a_drawn_box_has_a_name_and_can_go(people):
    """A box on a photo without faces; a found or named one cannot be deleted."""
    photo = people.get("/api/rankings?faces=0")["images"][0]["id"]
    done = people.post(f"/api/image/{photo}/faces", {"bbox": [0.2, 0.2, 0.3, 0.3], "name": "Ana"})
    face = done["face"]
    assert face["origin"] == "drawn" and face["person_name"] == "Ana"
    assert people.get(f"/api/image/{photo}/faces")["faces"][0]["bbox"] == [0.2, 0.2, 0.3, 0.3]
    assert people.error("POST", f"/api/image/{photo}/faces", {"bbox": [0.9, 0.9, 0.3, 0.3]})[0] == 400
    assert people.post(f"/api/people/faces/{face['id']}/delete", {})["ok"]
    assert people.get(f"/api/image/{photo}/faces")["faces"] == []
    other = people.get(f"/api/people/{named(people, 'Ana')['id']}/faces")["faces"][0]["id"]
    assert people.error("POST", f"/api/people/faces/{other}/delete", {})[0] == 409
    people.post("/api/undo", {})
    people.post("/api/undo", {})


def test_names_are_only_text(people):
    """HTML and emoji stay as they are; ten thousand characters and control characters get a sentence."""
    ana = named(people, "Ana")["id"]
    for name in ("<img src=x onerror=alert(1)>", "Zoë 👩‍👧 “quoted”", "a" * 200):
        assert people.post(f"/api/people/{ana}/label", {"name": name})["person"]["name"] == name
    status, body = people.error("POST", f"/api/people/{ana}/label", {"name": "x" * 10_000})
    assert status == 400 and "200 characters" in body["error"]
    assert people.error("POST", f"/api/people/{ana}/label", {"name": "a\x00b"})[0] == 400
    people.post(f"/api/people/{ana}/label", {"name": "Ana"})
    status, body = people.error("POST", f"/api/people/{ana}/label", {"name": "bEN"})
    assert status == 409 and body["person_id"] == named(people, "Ben")["id"]


def test_two_tabs_may_answer_the_same_question(people):
    """Both get an answer; the second one hears that it was answered already, and nothing is done twice."""
    ana, ben = named(people, "Ana")["id"], named(people, "Ben")["id"]
    answers = []
    path = f"/api/people/questions/p{ben}-p{ana}"
    tabs = [threading.Thread(target=lambda: answers.append(people.post(path, {"answer": "no"}))) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert sorted(json.dumps(one["already"]) for one in answers) == ["false", "true"]
    assert people.error("POST", "/api/people/questions/x1", {"answer": "no"})[0] == 400
    people.post("/api/undo", {})


def test_faces_have_pictures_and_unknown_ids_a_sentence(people):
    """A square JPEG with an ETag; 404 for what does not exist."""
    face = named(people, "Ana")["representative_face_id"]
    status, headers, data = people.raw(f"/api/people/faces/{face}/thumb?size=96")
    assert status == 200 and headers["content-type"] == "image/jpeg" and data[:2] == b"\xff\xd8"
    assert people.raw(f"/api/people/faces/{face}/thumb?size=96", {"If-None-Match": headers["etag"]})[0] == 304
    for path in ("/api/people/999", "/api/people/faces/999", "/api/people/faces/999/thumb", "/api/image/999/faces"):
        assert people.error("GET", path)[0] == 404
    assert people.error("POST", "/api/people/merge", {"source_person_id": 999, "target_person_id": 1})[0] == 404
