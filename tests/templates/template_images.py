"""The Dockerfiles, built for real on stand-ins of their bases, and run as a cluster would: any user, a read-only root, process 1.

FWATCHDOG_TEST_IMAGES names a folder in which bases and layers are kept from run to run, for those who work on a template."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import uuid

import pytest

import table
from caller import Caller, until
from images import CommandFailed, Images, skip_where_impossible
from laid_out import HANDLERS, lay_out
from linked import library
from manifests import MANIFESTS, PackageServer
from namespaces import enter_network_of

# Built in every run; the others take their time in the long one.
QUICK = ("node22", "python3-http")
USERS = {"its own user": ("--read-only", "--tmpfs", "/tmp:mode=1777"),
         "any user": ("--read-only", "--tmpfs", "/tmp:mode=1777", "--user", "12000", "--cap-drop", "all")}


def pytest_generate_tests(metafunc):
    rows = [row for row in table.ROWS if row.stand_ins is not None]
    metafunc.parametrize("image_row", [pytest.param(row, id=row.name, marks=() if row.name in QUICK else pytest.mark.long) for row in rows])


@pytest.fixture
def images(ready_folder):
    skip_where_impossible()
    kept = os.environ.get("FWATCHDOG_TEST_IMAGES")
    return Images(pathlib.Path(kept) if kept else ready_folder / "images")


@pytest.fixture
def packages():
    server = PackageServer()
    yield server
    server.close()


class Template:
    """Laid out with the handler of the tests, and with a dependency where the language has a list of them."""

    def __init__(self, images, row, folder, packages, shared):
        self.images, self.row, self.shared = images, row, shared
        self.name = "localhost/fwatchdog-test/%s:%s" % (row.name, uuid.uuid4().hex[:12])
        overlay = folder / "overlay"
        overlay.mkdir()
        if (HANDLERS / row.name).exists():
            shutil.copytree(HANDLERS / row.name, overlay, dirs_exist_ok=True)
        self.arguments = {}
        if row.name in MANIFESTS:
            self.arguments = MANIFESTS[row.name](overlay, packages) or {}
        self.context = lay_out(row.name, folder, overlay)

    def build(self, **arguments):
        bases = {name: self.images.stand_in(packages) for name, packages in self.row.stand_ins.items()}
        own = {"LIBRARY_IMAGE": self.images.library(library(self.shared))} if self.row.program else {"WATCHDOG_IMAGE": self.images.watchdog()}
        given = {"ADDITIONAL_PACKAGE": "", **own, **bases, **self.arguments, **arguments}
        return self.images.build(self.name, self.context, given)


def inside(container, action):
    """Runs the action in the container's network."""
    def enter_and_act():
        enter_network_of(container.pid)
        return action()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(enter_and_act).result()


def call(*args, **options):
    caller = Caller(8080)
    try:
        return caller.request(*args, **options)
    finally:
        caller.close()


def serves():
    try:
        return call("GET", "/_/ready").status == 200
    except OSError:
        return False


def test_image(images, packages, image_row, tmp_path, ready_folder):
    """A failing test fails the build; the image answers, as its own user and as any, and ends when it is told to."""
    template = Template(images, image_row, tmp_path, packages, ready_folder)
    with pytest.raises(CommandFailed):
        template.build(TEST_COMMAND="echo the tests are run; false")
    template.build()
    for user, options in USERS.items():
        container = images.start(template.name, *options)
        try:
            check(container, image_row)
        except AssertionError as error:
            raise AssertionError("as %s: %s\n%s" % (user, error, container.log())) from error
        finally:
            container.remove()


def check(container, row):
    inside(container, lambda: until(serves, "the function is ready"))
    container.execute("/usr/bin/fwatchdog", "--run-healthcheck")
    if row.style == "static":
        assert inside(container, lambda: call("GET", "/")).status == 200
    else:
        body = bytes(range(256)) * 800
        answer = inside(container, lambda: call("POST", "/echo", {"Content-Type": "application/octet-stream"}, body, chunked=True))
        assert (answer.status, answer.body == body) == (200, True)
    if row.name in MANIFESTS:
        assert inside(container, lambda: call("GET", "/greets")).text.strip() == "hello from a package"
    container.images.podman("kill", "--signal", "INT", container.name)
    assert container.await_end() == 0
    assert re.search(r"Exiting\. Active connections: 0", container.log())


@pytest.mark.long
def test_additional_packages(images, packages, image_row, tmp_path, ready_folder):
    """What faas-cli gives is there when the tests run; and they can be turned off."""
    template = Template(images, image_row, tmp_path, packages, ready_folder)
    template.build(ADDITIONAL_PACKAGE="bc less", TEST_COMMAND="command -v bc && command -v less")
    template.build(TEST_ENABLED="false", TEST_COMMAND="false")
