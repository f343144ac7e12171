"""Every story through the real commands, on two files and a web shop over HTTP; and the page of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import flows.hub
from tests.scenarios.page import REGENERATE, page
from tests.scenarios.story import FILES, Played, Story, play, read
from tests.scenarios.world import Clock

PAGE = Path(__file__).parents[2] / "docs/scenarios.md"
WRITE = "KLANTBEELD_WRITE_DOCS"
Told = tuple[Story, Sequence[Played]]

pytestmark = pytest.mark.xdist_group("scenarios")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Told]]:
    """A story and how it went; each is played once."""
    known: dict[Path, Told] = {}

    def tell(file: Path) -> Told:
        if file not in known:
            clock, story = Clock(), read(file)
            patch.setattr(flows.hub, "utc_now", clock)
            known[file] = story, list(play(story, tmp_path_factory.mktemp(file.stem) / "project", clock))
        return known[file]

    with pytest.MonkeyPatch.context() as patch:
        yield tell


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_story_goes_as_it_is_told(file, told):
    story, rounds = told(file)
    assert len(rounds) == len(story.rounds) > 0
    for played in rounds:
        then, at = played.round.then, f"{file.name}, {played.round.at}"
        assert [said.code for said in played.said] == [0] * len(played.said), at
        assert played.written == then.written, at
        assert sorted(played.asked, key=repr) == sorted(then.conflicts, key=repr), at
        for system, records in then.shows.items():
            for record, values in records.items():
                assert played.after[system][record].items() >= values.items(), at
        assert {system: len(played.after[system]) for system in then.counts} == then.counts, at


def test_the_page_of_stories_is_what_happens(told):
    text = page([told(file) for file in FILES])
    if os.environ.get(WRITE):
        PAGE.write_text(text, "utf-8")
    known = PAGE.read_text("utf-8") if PAGE.exists() else ""
    assert text == known, f"docs/scenarios.md tells it otherwise; read what changed, then: {REGENERATE}"
