"""Programs built as a stranger builds them: with the library as it is installed in an empty folder, and nothing of this tree."""
import fcntl
import functools
import json
import os
import shlex
import shutil
import subprocess

import pytest

import watchdog as harness

BUILD = os.path.dirname(os.path.dirname(harness.PROGRAMS["of"]))
EXAMPLES = os.path.join(harness.ROOT, "examples", "cpp")


def run(*command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, **options)
    assert done.returncode == 0, "%s\n%s" % (shlex.join(command), done.stdout)
    return done.stdout


@functools.lru_cache
def compiler():
    """The compiler of the build, and the sanitizers or the counting that its archive was made for."""
    with open(os.path.join(BUILD, "compile_commands.json")) as file:
        command = next(entry["command"] for entry in json.load(file) if entry["file"].endswith("lib/fwatchdog.cpp"))
    words = shlex.split(command)
    if os.path.basename(words[0]) == "ccache":
        words.pop(0)
    return [words[0], *[word for word in words if "-fsanitize" in word or "-fno-sanitize" in word or word == "--coverage"]]


class Outsider:
    """What is made once for all tests of a run: the installation, and each program."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.root = os.path.join(folder, "root")

    def once(self, name, make):
        with open(os.path.join(self.folder, name + ".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = os.path.join(self.folder, name + ".done")
            if not os.path.exists(done):
                make()
                with open(done, "w"):
                    pass

    def install(self):
        self.once("root", lambda: run("meson", "install", "-C", BUILD, "--no-rebuild", "--tags", "devel", "--destdir", self.root))

    def headers(self):
        """(the folder they are installed in, their names in it)."""
        self.install()
        [top] = [folder for folder, _, names in os.walk(self.root) if "fwatchdog.hpp" in names]
        return top, [os.path.relpath(os.path.join(folder, name), top) for folder, _, names in os.walk(top) for name in names]

    def flags(self):
        self.install()
        [described] = [folder for folder, _, names in os.walk(self.root) if "fwatchdog.pc" in names]
        environment = {**os.environ, "PKG_CONFIG_PATH": described, "PKG_CONFIG_SYSROOT_DIR": self.root}
        return run("pkg-config", "--static", "--cflags", "--libs", "fwatchdog", env=environment).split()

    def program(self, name, *options):
        """One of the examples: its key among the programs that a house can start."""
        key = "-".join([name, *options])
        path = os.path.join(self.folder, key)
        source = os.path.join(EXAMPLES, name + ".cpp")
        self.once(key, lambda: run(*compiler(), "-std=c++20", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *options, source,
                                   *self.flags(), "-o", path))
        harness.PROGRAMS[key] = path
        return key


@pytest.fixture(scope="session")
def outsider(tmp_path_factory, request):
    for tool in ("meson", "pkg-config"):
        if not shutil.which(tool):
            pytest.skip(tool + " is not installed")
    if not os.path.exists(os.path.join(BUILD, "meson-private")):
        pytest.skip(BUILD + " is no build folder: there is nothing to install")
    base = tmp_path_factory.getbasetemp()
    return Outsider(str((base.parent if hasattr(request.config, "workerinput") else base) / "outsider"))
