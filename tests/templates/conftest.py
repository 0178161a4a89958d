"""Fixtures: `house` as in tests/system, `start` runs a template's function, `ready_folder` holds what is made once for all tests."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
pytest.register_assert_rewrite("caller", "watchdog", "laid_out", "images")

import images  # noqa: E402
import laid_out  # noqa: E402
import table  # noqa: E402
from housing import house  # noqa: E402,F401


def pytest_generate_tests(metafunc):
    """A test that takes `row` runs once for every template, or for those that its marks `styles` and `templates` name."""
    if "row" in metafunc.fixturenames:
        styles, names = (metafunc.definition.get_closest_marker(name) for name in ("styles", "templates"))
        rows = [row for row in table.ROWS if (not styles or row.style in styles.args) and (not names or row.name in names.args)]
        metafunc.parametrize("row", [pytest.param(row, id=row.name) for row in rows])


def pytest_sessionfinish(session):
    """The store of images has mounts, and gigabytes."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory and not hasattr(session.config, "workerinput"):
        folder = factory.getbasetemp() / "images"
        if folder.exists():
            images.Images(folder).remove()


def pytest_configure(config):
    config.addinivalue_line("markers", "styles(names): the styles of the templates that a test is for.")
    config.addinivalue_line("markers", "templates(names): the templates that a test is for.")


@pytest.fixture(scope="session")
def ready_folder(tmp_path_factory, request):
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture
def function_folder(row, ready_folder):
    """The template of this row, laid out with the tests' own handler and made ready to run."""
    return laid_out.ready(row, ready_folder)


@pytest.fixture
def start(house, row, function_folder):
    """`start(setting=value, ...)` runs it as its image would, and waits until it is ready."""
    return lambda **settings: laid_out.start(house, row, function_folder, settings)
