import pytest

pytest.register_assert_rewrite("tests.adapters.ground", "tests.adapters.reading", "tests.adapters.writing")
