"""A message says where, what was found and what was expected, and never a secret."""

from __future__ import annotations

import pytest

from config.problems import ConfigError, Problem, YamlPath, nearest, show, show_path
from config.validate import validate
from config.yaml12 import loads
from reconcile.policy import Written


class Login(Written):
    """What a system could ask for."""

    token: int
    port: int = 1


def test_a_problem_reads_as_file_line_path_found_expected() -> None:
    problem = Problem("config/hub.yaml", 3, ("systems", "shop", "list", 0), "5", "text")
    assert str(problem) == "config/hub.yaml:3: systems.shop.list[0]: found 5, expected text"


def test_all_problems_are_in_one_error_in_the_order_of_the_files() -> None:
    late, early = Problem("b", 1, (), "x", "y"), Problem("a", 9, (), "x", "y")
    error = ConfigError([late, early, late])
    assert error.problems == (early, late)
    assert str(error) == "a:9: found x, expected y\nb:1: found x, expected y"


@pytest.mark.parametrize(
    ("path", "text"), [((), ""), (("a",), "a"), (("a", 0, "b"), "a[0].b"), (("a", 1, 2), "a[1][2]")]
)
def test_paths_read_as_people_write_them(path: YamlPath, text: str) -> None:
    assert show_path(path) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((True, "true"), (None, "nothing (null)"), (5, "5"), ("5", "'5'")),
        *(({}, "an empty block"), ({"a": 1}, "a block of keys"), ([], "an empty list"), ([1], "a list")),
        ("x" * 100, f"'{'x' * 60}…'"),
    ],
)
def test_values_are_shown_short(value: object, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    "name", ["token", "password", "client_secret", "oauth", "ApiKey", "api_key", "passwd"]
)
@pytest.mark.parametrize("value", ["hunter22", 12345678])
def test_what_stands_under_a_secret_name_is_hidden(name: str, value: object) -> None:
    assert show(value, ("systems", name)) == "••••"
    assert show(value, (name, "env")) == "••••"


def test_the_name_of_a_variable_is_no_secret() -> None:
    assert show("SHOP_TOKEN", ("token", "env")) == "'SHOP_TOKEN'"


def test_name_and_password_in_a_url_are_hidden_everywhere() -> None:
    url = "postgresql://ada:hunter22@db/x"
    assert show(url) == "'postgresql://••••@db/x'"
    assert "hunter22" not in str(Problem("f", 1, (), f"the URL {url}", f"not {url}"))


def test_a_secret_of_a_file_is_hidden_in_every_message_about_it() -> None:
    document = loads("password: hunter22\nport: 1\n", "f")
    problem = document.problem(("port",), "hunter22 again", "no hunter22")
    assert "hunter22" not in str(problem)


def test_a_secret_of_the_wrong_type_is_hidden() -> None:
    document = loads("token: hunter22\nport: x\n", "f")
    told = validate(Login, document.data, document)
    assert isinstance(told, list)
    assert [str(problem) for problem in told] == [
        "f:1: token: found ••••, expected a whole number",
        "f:2: port: found 'x', expected a whole number",
    ]


@pytest.mark.parametrize(("written", "hint"), [("emial", " (did you mean email?)"), ("zzz", "")])
def test_a_near_name_is_suggested(written: str, hint: str) -> None:
    assert nearest(written, ["email", "phone"]) == hint
