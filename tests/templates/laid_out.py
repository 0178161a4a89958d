"""Lays a template out exactly as faas-cli does, and runs it from there with the environment of its image."""
import fcntl
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from caller import until
from dockerfiles import Dockerfile
from functions import need
from linked import build_environment
from namespaces import in_own_network
from watchdog import PROGRAMS

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
HANDLERS = pathlib.Path(__file__).resolve().parent / "handlers"
# The Python of the tests is also that of the functions.
PATH = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "/usr/bin:/bin")
HOME = "/home/app"  # where images have what is laid out
# A machine that is busy with other tests is slow; whether limits are kept is for tests/system.
NO_HURRY = {"exec_timeout": "300s", "write_timeout": "300s", "read_timeout": "300s"}


def template_of(row):
    return TEMPLATES / row.name


def dockerfile_of(row):
    return Dockerfile((template_of(row) / row.dockerfile).read_text())


def handler_folder(template):
    """Its name in the template: `handler_folder` of template.yml."""
    given = re.search(r"^handler_folder:\s*[\"']?([\w.-]+)", (template / "template.yml").read_text(), re.M)
    return given.group(1) if given else "function"


def lay_out(name, folder, overlay=None):
    """`faas-cli new --lang NAME fn`, the files of `overlay` put into the new function, `faas-cli build --shrinkwrap`; returns the result.

    Without faas-cli the same is done by hand."""
    function = folder / "fn"
    by_hand = not shutil.which("faas-cli")
    if by_hand:
        shutil.copytree(TEMPLATES / name / handler_folder(TEMPLATES / name), function)
    else:
        os.symlink(TEMPLATES, folder / "template")
        _faas_cli(folder, "new", "--lang", name, "fn", "-q")
    if overlay:
        shutil.copytree(overlay, function, dirs_exist_ok=True)
    if by_hand:
        _shrinkwrap(name, function, folder / "build" / "fn")
    else:
        written = next(path.name for path in folder.iterdir() if path.suffix in (".yml", ".yaml"))  # it depends on the release
        _faas_cli(folder, "build", "--shrinkwrap", "-f", written)
    return folder / "build" / "fn"


def _faas_cli(folder, *args):
    done = subprocess.run(["faas-cli", *args], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def _shrinkwrap(name, function, target):
    """The template with its own handler, the user's laid over that; of `dockerfile` nothing but the user's."""
    if name == "dockerfile":
        shutil.copytree(function, target)
        return
    shutil.copytree(TEMPLATES / name, target)
    left_out = {str(function): {"build", "template"}}
    shutil.copytree(function, target / handler_folder(target), dirs_exist_ok=True, ignore=lambda at, _: left_out.get(str(at), set()))


def run_in(folder, command, environment=None, **options):
    """A shell command of a Dockerfile, run in the laid-out folder; returns what it said. It must succeed."""
    # Go would begin with an empty cache in each HOME.
    cache = os.environ.get("GOCACHE") or os.path.expanduser("~/.cache/go-build")
    variables = {**os.environ, "PATH": PATH, "HOME": str(folder), "GOCACHE": cache, **(environment or {})}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300, **options)
    assert done.returncode == 0, "%s\n%s" % (command, done.stdout)
    return done.stdout


def ready(row, shared):
    """The row's template with the handler of the tests, laid out and installed once for all tests; they change nothing in it."""
    overlay = HANDLERS / row.name
    return _made_once(row, shared / ("laid-out-" + row.name), overlay if overlay.exists() else None)


def sample(row, shared):
    """The same with the handler that the template itself has."""
    return _made_once(row, shared / ("sample-" + row.name), None)


def _made_once(row, folder, overlay):
    shared = folder.parent
    need(*row.needs)
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            shutil.rmtree(folder / "w", ignore_errors=True)
            (folder / "w").mkdir()
            laid_out = lay_out(row.name, folder / "w", overlay)
            library = build_environment(shared) if row.program else {}
            for command in row.install:
                run_in(laid_out, command, {**library, **image_environment(row, laid_out)})
            (folder / "made").touch()
    return folder / "w" / "build" / "fn"


def image_environment(row, folder, stage=None):
    """ENV of the last stage, or of another one, with the laid-out folder in the place of /home/app."""
    found = dockerfile_of(row).environment(stage, outside=os.environ)
    return {name: value.replace(HOME, str(folder)) for name, value in found.items()}


def start(house, row, folder, settings):
    """Runs the laid-out function behind of-watchdog, or as its own, and waits until it is ready."""
    variables = {"PATH": PATH, **image_environment(row, folder), **NO_HURRY, **row.settings, **settings}
    if row.program:
        PROGRAMS[row.name] = str(folder / row.program)
    watchdog = house.start(row.name if row.program else "of", house.settings(**variables), cwd=folder)
    until(lambda: watchdog.get("/_/ready").status == 200, "the function listens")
    return watchdog


def networked(test):
    """The test runs in a network of its own, in which the function's port is free, where the function has one."""
    isolated = in_own_network(test)

    @functools.wraps(test)
    def run(row, **fixtures):
        (isolated if row.style == "http" else test)(row=row, **fixtures)
    return run


def skip_unless(condition, reason):
    if not condition:
        pytest.skip(reason)
