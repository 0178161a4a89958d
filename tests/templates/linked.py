"""The library for functions in C++, installed from the build under test as `scripts/library` does it for images."""
import fcntl
import os
import subprocess

import pytest

from watchdog import PROGRAMS, ROOT, has_sanitizer

BUILD = os.path.dirname(os.path.dirname(PROGRAMS["of"]))


def library(shared):
    """The folder that holds usr/local; made once for all tests."""
    if not os.path.exists(os.path.join(BUILD, "meson-private")):
        pytest.skip(BUILD + " is no build folder: there is no library to install")
    if has_sanitizer(PROGRAMS["of"]):
        pytest.skip("a library with sanitizers is none for functions")
    folder = shared / "library"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            done = subprocess.run([os.path.join(ROOT, "scripts", "library"), "--build", BUILD, str(folder / "root")], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
            assert done.returncode == 0, done.stdout
            (folder / "made").touch()
    return folder / "root"


def build_environment(shared):
    """By these variables pkg-config finds it."""
    root = library(shared)
    [described] = root.rglob("fwatchdog.pc")
    return {"PKG_CONFIG_LIBDIR": str(described.parent), "PKG_CONFIG_SYSROOT_DIR": str(root)}
