"""What a Dockerfile of ours says about the container that runs."""
import os
import shlex

from watchdog import ROOT


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def last_stage(dockerfile):
    """The text of the last stage."""
    return dockerfile[dockerfile.rindex("\nFROM ") + 1:]


def settings_of(dockerfile):
    """The variables that the last stage sets."""
    words = (shlex.split(line) for line in last_stage(dockerfile).splitlines() if line.startswith("ENV "))
    return dict(word.split("=", 1) for _, word in words)
