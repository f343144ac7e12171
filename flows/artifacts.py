"""What a run shows on the steward's desk: Prefect artifacts, made inside the flow run that they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from prefect.artifacts import Artifact, create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from flows import desk, waiting
from flows.hub import Hub
from flows.steps import Result
from flows.waiting import Waiting
from reconcile import report
from reconcile.escape import screen
from reconcile.report import Link, Row
from reconcile.state import conflicts
from reconcile.words import Language, word

SUMMARY = "sync-summary"
DECIDE = "decide/decide"
"""The flow and the deployment behind a link of the report."""


def publish(hub: Hub, result: Result) -> list[str]:
    """The summary of a run, and the open questions if they are others than those shown last.

    Returns the keys of what was published. Must be called in a flow run.
    """
    with hub.store.read() as conn:
        age = desk.age(hub, conn)
    page = report.summary_markdown(result.counts(), desk.language(hub), age)
    create_markdown_artifact(page, key=SUMMARY)
    return [SUMMARY, *_questions(hub)]


def _questions(hub: Hub) -> Iterator[str]:
    language = desk.language(hub)
    entity = hub.entity.replace("_", "-")  # a key holds letters, digits and dashes
    table_key, report_key = f"conflicts-{entity}", f"conflict-report-{entity}"
    coming = waiting.waiting(hub)
    with hub.store.read() as conn:
        asked = conflicts.list_open(conn, hub.entity)
        told = word("{count} open questions, set {mark}", language).format(
            count=len(asked), mark=desk.mark(asked)
        )
        if coming and coming.asked:
            told += f"; {_forthcoming(coming, language)}"
        if _described(report_key) == told:
            return
        shown, age = desk.shown(hub, conn, asked), desk.age(hub, conn)
    if coming and coming.asked:
        age = f"{_forthcoming(coming, language)}. {age}"
        asked, shown = [*asked, *coming.asked], [*shown, *coming.rows(hub, coming.asked)]
    lines = [{name: screen(text) for name, text in line.items()} for line in report.table(shown, language)]
    create_table_artifact(lines, key=table_key, description=told)
    yield table_key
    page = report.markdown(shown, report.groups(asked), decide_link(), language, age)
    create_markdown_artifact(page, key=report_key, description=told)
    yield report_key


def _forthcoming(coming: Waiting, language: Language) -> str:
    """That a plan waits, and with it questions."""
    told = word("Plan {plan} waits; when it is applied these {count} questions open", language)
    return told.format(plan=coming.plan, count=len(coming.asked))


def _described(key: str) -> str | None:
    """What the newest version says of itself; None where there is none."""
    newest: Any = Artifact.get(key)
    return newest.description if newest else None


def decide_link() -> Link | None:
    """The filled-in page of the deployment `decide`; None where it is not deployed. Ids only."""
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(DECIDE)
        except ObjectNotFound:
            return None
    page = f"/v2/deployments/deployment/{deployment.id}/run?parameters="

    def link(row: Row, choice: str) -> str:
        return page + quote(json.dumps({"conflict_id": row.id, "choice": choice}))

    return link
