"""What the tests run as functions: small scripts, and a gate that holds a call as long as a test wants."""
import os
import shutil
import sys

import pytest

from caller import until


def need(*programs):
    """Skips the test when a program is not installed."""
    for program in programs:
        if not shutil.which(program):
            pytest.skip(program + " is not installed")


class Workshop:
    """Writes functions into the folder of the test. Each method returns a path that can be an fprocess."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def exists(self, name):
        return os.path.exists(self.path(name))

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def await_file(self, name):
        until(lambda: self.exists(name), "the function made the file " + name)

    def write(self, name, content, mode=0o644):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(path, mode)
        return path

    def sh(self, text, name="function.sh"):
        """A shell script; it runs in the test's folder, the watchdog's working directory."""
        return self.write(name, "#!/bin/sh\n" + text + "\n", 0o755)

    def python(self, text, name="function.py"):
        return self.write(name, "#!%s -ISE\nimport os, signal, sys, time\n%s\n" % (sys.executable, text), 0o755)

    def tattling(self, then="cat"):
        """A function that leaves the file `ran` behind when it is run."""
        return self.sh("echo ran >>ran\n" + then, "tattling.sh")

    def held(self):
        """A function that waits at the gate its query names, if it names one; then it echoes its body."""
        return self.sh('[ -z "$Http_Query" ] || read -r x <"$Http_Query"\ncat', "held.sh")

    def gate(self, name="gate"):
        return Gate(self.path(name))


class Gate:
    """A named pipe at which a function waits with `read -r x <gate`."""

    def __init__(self, path):
        self.path, self.writer = path, None
        os.mkfifo(path)

    def try_enter(self):
        try:
            self.writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False
        return True

    def await_arrival(self):
        """Waits until a function stands at the gate."""
        until(lambda: self.writer is not None or self.try_enter(), "the function waits at the gate")

    def open(self):
        """Lets the one function that waits go on."""
        self.await_arrival()
        try:
            os.write(self.writer, b"go\n")
        except BrokenPipeError:
            pass
        self.close()

    def close(self):
        if self.writer is not None:
            os.close(self.writer)
            self.writer = None
