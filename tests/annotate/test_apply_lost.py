"""Apply, with answers lost at each of its steps: one project, one storage, one webhook, whatever was lost."""

from pathlib import Path
from typing import Any

import pytest
from mmdata.annotate.apply import apply_plan
from mmdata.annotate.faults import ServerFault
from mmdata.annotate.plan import make_plan
from mmdata.annotate.server import Patience, Server
from mmdata.schemas.project import LocalFiles, Project, Webhook

from .losing import losing
from .server import BOXES, LabelStudio

PATIENCE = Patience(connect=5, read=20, whole=40, attempts=3, pause=0.001)


def wanted(key: str, documents: Path) -> Project:
    (documents / "lost").mkdir(exist_ok=True)
    return Project(
        version=1,
        key=key,
        title="Lost answers",
        label_config=BOXES,
        local_files=[LocalFiles(path=str(documents / "lost"))],
        webhooks=[Webhook(url="http://127.0.0.1:9/woken")],
    )


def applied(url: str, token: str, project: Project) -> int:
    with Server(url, token, PATIENCE) as server:
        return apply_plan(server, project, make_plan(server, project))


def there(label_studio: LabelStudio, key: str) -> list[dict[str, Any]]:
    found = label_studio.call("GET", "/api/projects/?page_size=1000")["results"]
    return [each for each in found if each["description"] == f"mmdata:key={key}"]


def test_every_answer_may_get_lost_once(label_studio: LabelStudio) -> None:
    with losing(label_studio.url, ()) as (url, asked):
        applied(url, label_studio.token, wanted("lost-0", label_studio.documents))
        steps = list(asked)
    assert steps.count("POST") == 3
    for number in range(1, len(steps) + 1):
        project = wanted(f"lost-{number}", label_studio.documents)
        with losing(label_studio.url, {number}) as (url, _):
            made = applied(url, label_studio.token, project)
        (found,) = there(label_studio, project.key)
        assert found["id"] == made
        assert len(label_studio.call("GET", f"/api/webhooks/?project={made}")) == 1
        assert len(label_studio.call("GET", f"/api/storages/localfiles?project={made}")) == 1


@pytest.mark.parametrize("step", [3, 5, 7, 9])
def test_where_the_way_is_cut_applying_again_does_what_is_left(step: int, label_studio: LabelStudio) -> None:
    project = wanted(f"cut-{step}", label_studio.documents)
    with losing(label_studio.url, range(step, 1000)) as (url, _), pytest.raises(ServerFault):
        applied(url, label_studio.token, project)
    made = applied(label_studio.url, label_studio.token, project)
    assert [each["id"] for each in there(label_studio, project.key)] == [made]
    assert len(label_studio.call("GET", f"/api/webhooks/?project={made}")) == 1
