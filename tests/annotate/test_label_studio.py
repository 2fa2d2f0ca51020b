"""The server that the other tests rely on: it is the one asked for, it keeps what it was given, its tokens work."""

import http.client

import pytest

from .server import CANARY, Answer, LabelStudio, Project


def test_it_answers_with_its_own_token_at_its_own_port(label_studio: LabelStudio) -> None:
    assert label_studio.token.startswith(CANARY)
    assert len(label_studio.token) == 40
    assert label_studio.call("GET", "/api/version")["release"] == "1.23.2"


def test_what_was_told_outlives_a_kill(label_studio: LabelStudio, project: Project) -> None:
    (task,) = project.add([{"data": {"image": "https://example.com/a.png", "mm_id": "a"}}])
    label_studio.kill()
    with pytest.raises((OSError, http.client.HTTPException)):
        project.get()
    label_studio.restart()
    assert project.get()["description"] == f"mmdata:key={project.key}"
    assert [each["id"] for each in project.export()] == [task]


def test_an_error_keeps_its_status(project: Project) -> None:
    with pytest.raises(Answer, match="401") as raised:
        LabelStudio(project.server.data, project.server.documents, port=project.server.port).call("GET", "/api/users/")
    assert raised.value.status == 401


def test_a_personal_token_is_good_for_access(label_studio: LabelStudio) -> None:
    for _ in range(2):  # the second takes the place of the first
        personal = label_studio.personal_token()
        assert personal.count(".") == 2
        assert label_studio.call("POST", "/api/token/refresh", {"refresh": personal})["access"].count(".") == 2
