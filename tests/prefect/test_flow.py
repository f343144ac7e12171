"""Two runs of the flow on a real Prefect server, looked at from all sides. The rest is tested without."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from flows import desk, steps
from flows.hub import open_hub
from reconcile.state import conflicts
from tests.prefect.project import CRM, PLANTED, SECRET, make_project

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
CONFLICTS = ("conflicts-customer", "conflict-report-customer")
OWN_PLACE = ("artifact", "artifact_collection")


@dataclass
class Ran:
    """A first run with a write and two open questions, and a second one with nothing new."""

    project: Path
    first: dict[str, Any]
    second: dict[str, Any]
    runs: list[Any]
    """The flow runs as the server knows them, oldest first."""

    def artifacts(self, key: str) -> list[Any]:
        from prefect.client.orchestration import get_client

        with get_client(sync_client=True) as client:
            return [a for a in client.read_artifacts(limit=200) if a.key == key]

    def of(self, run: int, key: str) -> list[Any]:
        return [a for a in self.artifacts(key) if a.flow_run_id == self.runs[run].id]


@pytest.fixture(scope="module")
def ran(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    from prefect.client.orchestration import get_client

    from flows.sync import run_flow

    project = make_project(tmp_path_factory.mktemp("project"))
    with open_hub(project) as hub:
        waiting = steps.sync(hub, steps.Plainly())
        assert waiting.plan is not None
        steps.apply(hub, steps.Plainly(), waiting.plan)
    news = CRM.replace("0611112222,,2026-01-01", "0611113333,,2026-02-01")
    (project / "crm.csv").write_text(news, encoding="utf-8")
    first, second = run_flow(project), run_flow(project)
    with get_client(sync_client=True) as client:
        runs = sorted(client.read_flow_runs(), key=lambda run: run.start_time)
    return Ran(project, first, second, runs)


def test_a_run_ends_completed_and_says_what_was_done(ran: Ran) -> None:
    states = [(run.state.type.value, run.state.message) for run in ran.runs]
    assert states == [
        ("COMPLETED", "1 written, 2 open questions"),
        ("COMPLETED", "0 written, 2 open questions"),
    ]
    assert (ran.first["state"], ran.first["written"], ran.first["open_conflicts"]) == ("done", 1, 2)
    assert ran.second["run"] == ran.first["run"] + 1


def test_each_system_has_a_task_of_its_own(ran: Ran) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        tasks = {task.name for task in client.read_task_runs() if task.flow_run_id == ran.runs[0].id}
    assert tasks == {"pull-crm", "pull-shop", "link", "propose", "apply", "push-crm", "push-shop"}


def test_the_first_run_publishes_the_summary_and_the_open_questions(ran: Ran) -> None:
    for key in ("sync-summary", *CONFLICTS):
        assert len(ran.of(0, key)) == 1, key
    [table] = ran.of(0, CONFLICTS[0])
    lines = json.loads(table.data)
    assert [line["severity"] for line in lines] == ["high", "medium"]
    assert "+31 6 87651234" in lines[0]["values"]
    [page] = ran.of(0, CONFLICTS[1])
    assert "`+31 6 87659999`" in page.data


def test_what_did_not_change_is_not_published_again(ran: Ran) -> None:
    assert len(ran.of(1, "sync-summary")) == 1
    for key in CONFLICTS:
        assert ran.of(1, key) == [], key


def test_customers_values_stand_in_artifacts_and_nowhere_else_in_prefect(ran: Ran) -> None:
    _await_log("crm read=2")
    found = {table for table, text in _rows() for word in PLANTED if word in text}
    assert found == set(OWN_PLACE)


def test_sensitive_values_stand_nowhere_in_prefect(ran: Ran) -> None:
    rows = list(_rows(events_of_artifacts=True))
    assert any("1971-•••" in text or r"1971-\u2022" in text for _, text in rows), "masked, so not empty"
    assert [table for table, text in rows for word in SECRET if word in text] == []


def test_a_run_that_finds_another_at_work_is_cancelled_and_says_whose(ran: Ran) -> None:
    from flows.sync import sync
    from reconcile.state.errors import LeaseHeld

    with open_hub(ran.project) as hub:
        lease = hub.store.acquire("customer", "another run")
        state: Any = sync(project=str(ran.project), return_state=True)
        hub.store.release(lease)
    assert state.is_cancelled()
    assert state.message.startswith("another run is working on customer")
    with pytest.raises(LeaseHeld):
        state.result()


def test_a_deployment_with_a_schedule_gets_runs(ran: Ran) -> None:
    """With SQLAlchemy 2.1 Prefect 3.8 made none, and nothing else failed."""
    from prefect.client.orchestration import get_client
    from prefect.server.services.scheduler import schedule_deployments

    from flows.sync import sync

    deployment = sync.to_deployment(name="every-quarter", interval=900, parameters={"project": "."})
    id = deployment.apply()
    asyncio.run(schedule_deployments())
    with get_client(sync_client=True) as client:
        planned = [run for run in client.read_flow_runs(limit=200) if run.deployment_id == id]
    assert len(planned) >= 3
    assert all(run.auto_scheduled and run.state.is_scheduled() for run in planned)


def test_a_link_opens_the_page_of_decide_with_ids_only(ran: Ran) -> None:
    from prefect import flow

    from flows.artifacts import decide_link

    assert decide_link() is None, "no desk, no link"
    id = flow(_decide, name="decide").to_deployment(name="decide").apply()
    with open_hub(ran.project) as hub, hub.store.read() as conn:
        [row, _] = desk.shown(hub, conn, conflicts.list_open(conn, "customer"))
    link = decide_link()
    assert link is not None
    page, _, parameters = link(row, "crm").partition("?parameters=")
    assert page == f"/v2/deployments/deployment/{id}/run"
    assert json.loads(unquote(parameters)) == {"conflict_id": row.id, "choice": "crm"}


def _decide(conflict_id: int, choice: str) -> None:
    """Stands for the desk's flow: only its address is asked for."""


def _database() -> Path:
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

    return Path(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).partition("///")[2])


def _rows(events_of_artifacts: bool = False) -> Iterator[tuple[str, str]]:
    """Every row of Prefect's database as text, in lower case, with its table."""
    with closing(sqlite3.connect(_database())) as conn:
        for (table,) in conn.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in conn.execute(f'select * from "{table}"'):
                text = " ".join(map(str, row)).lower()
                if (
                    events_of_artifacts
                    or table not in ("events", "event_resources")
                    or "artifact" not in text
                ):
                    yield table, text


def _await_log(text: str) -> None:
    """Logs are sent in the background."""
    for _ in range(100):
        if any(table == "log" and text in row for table, row in _rows()):
            return
        time.sleep(0.1)
    pytest.fail(f"no log has {text!r}")


def test_the_report_shows_what_a_waiting_plan_would_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import artifacts

    published: dict[str, Any] = {}
    for make in ("create_table_artifact", "create_markdown_artifact"):
        monkeypatch.setattr(artifacts, make, lambda body, key, **told: published.update({key: (body, told)}))
    monkeypatch.setattr(artifacts, "_described", lambda key: None)
    monkeypatch.setattr(artifacts, "decide_link", lambda: None)
    with open_hub(make_project(tmp_path / "project")) as hub:
        result = steps.sync(hub, steps.Plainly())
        artifacts.publish(hub, result)
    page, told = published[CONFLICTS[1]]
    assert "Plan 1 waits; when it is applied these 2 questions open" in page
    assert "`+31 6 87659999`" in page
    assert "Plan 1 waits" in told["description"]
    assert not any(piece in page for piece in SECRET)
    assert [line["id"] for line in published[CONFLICTS[0]][0]] == ["", ""]
