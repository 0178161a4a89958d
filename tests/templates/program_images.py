"""The images of the Dockerfile and of an example: what is in them, and how they run as a cluster runs them. The store is the templates'."""
import contextlib
import json
import os
import re
import shutil
import subprocess

import pytest

from caller import until
from examplefiles import last_stage, read
from template_images import call, images, inside  # noqa: F401
from watchdog import PROGRAMS, ROOT

STAGES = {"classic": ("classic", "watchdog"), "of": ("of-watchdog", "of-watchdog")}
STRICT = ("--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--user", "12000")


def built(images, program):
    """The image of that program's stage; in the place of the stage that compiles stands the program under test."""
    stage, file = STAGES[program]
    name = "localhost/fwatchdog-test/program:" + stage
    with images.once("program-" + stage) as missing:
        if missing:
            dockerfile = read("Dockerfile")
            context = images.context("program-" + stage, "FROM scratch AS build\nCOPY programs /build/programs\n" + dockerfile[dockerfile.index("\nFROM scratch AS classic"):])
            (context / "programs").mkdir()
            shutil.copy(PROGRAMS[program], context / "programs" / file)
            images.buildah("bud", "--format", "docker", "--pull-never", "--target", stage, "--build-arg", "REVISION=0123abc", "-t", name, str(context))
    return name


@contextlib.contextmanager
def mounted(images, name):
    """The folder with the image's files."""
    container = images.buildah("from", "--pull-never", name).strip()
    try:
        yield images.buildah("mount", container).strip()
    finally:
        images.buildah("rm", container)


def files_of(images, name):
    """Every file and link of the image."""
    with mounted(images, name) as root:
        return subprocess.run(["find", root, "!", "-type", "d", "-printf", "%P %m\n"], capture_output=True, text=True, check=True).stdout.split("\n")[:-1]


def machine_of(images, name):
    """For which processors /fwatchdog is, as ELF numbers them."""
    with mounted(images, name) as root, open(os.path.join(root, "fwatchdog"), "rb") as program:
        return int.from_bytes(program.read(20)[18:], "little")


def stopped(images, container):
    """Its exit code after SIGTERM, and its log."""
    images.podman("stop", "--time", "60", container.name)
    return int(images.podman("inspect", "--format", "{{.State.ExitCode}}", container.name)), container.log()


def try_out(images, name, settings, body, expected):
    """As process 1, a user without a name, on a read-only root, without capabilities: it is healthy, answers, drains and ends."""
    options = [word for pair in {"healthcheck_interval": "200ms", **settings}.items() for word in ("--env", "%s=%s" % pair)]
    container = images.start(name, *STRICT, *options)
    try:
        def healthy():
            try:
                return call("GET", "/_/health").status == 200
            except OSError:
                return False
        inside(container, lambda: until(healthy, "the container is healthy"))
        with open("/proc/%d/status" % container.pid) as status:
            text = status.read()
        assert re.search(r"^NSpid:\t\d+\t1$", text, re.M), "it is process 1"
        assert re.search(r"^Uid:\t12000\t", text, re.M) and re.search(r"^CapEff:\t0+$", text, re.M)
        container.execute("/usr/bin/fwatchdog", "--run-healthcheck")
        answer = inside(container, lambda: call("POST", "/", body=body))
        assert (answer.status, answer.text) == (200, expected)
        code, log = stopped(images, container)
        assert code == 0 and "SIGTERM: no new connections in 200ms" in log and "Exiting. Active connections: 0" in log, log
    finally:
        container.remove()


@pytest.mark.parametrize("program", STAGES)
def test_image_of_a_program(images, program):
    """It holds /fwatchdog and nothing else, and its labels say what it is."""
    name = built(images, program)
    assert files_of(images, name) == ["fwatchdog 755"]
    labels = json.loads(images.podman("image", "inspect", "--format", "{{json .Config.Labels}}", name))
    given = {key.rsplit(".", 1)[1]: value for key, value in labels.items() if key.startswith("org.opencontainers.image.")}
    version = re.search(r"version: '([^']+)'", read("meson.build")).group(1)
    assert (given["version"], given["revision"], given["licenses"]) == (version, "0123abc", "MIT")
    assert STAGES[program][0] in given["title"] and given["description"]


def test_shell_example(images, tmp_path):
    """Its Dockerfile on a stand-in of its base: a function that answers with no file system to write to."""
    last = last_stage(read("examples", "shell", "Dockerfile")).replace("FROM alpine:3.22", "FROM " + images.debian())
    (tmp_path / "Dockerfile").write_text("FROM %s AS watchdog\n%s" % (built(images, "classic"), last))
    images.build("localhost/fwatchdog-test/shout", tmp_path)
    try_out(images, "localhost/fwatchdog-test/shout", {"suppress_lock": "true"}, b"hello", "HELLO")


def test_of_watchdog_in_an_image(images, tmp_path):
    """The same with of-watchdog, and with a lock file in a /tmp of its own."""
    (tmp_path / "Dockerfile").write_text('FROM %s AS watchdog\nFROM %s\nCOPY --from=watchdog /fwatchdog /usr/bin/fwatchdog\nENV fprocess="wc -c"\nCMD ["fwatchdog"]\n'
                                         % (built(images, "of"), images.debian()))
    images.build("localhost/fwatchdog-test/count", tmp_path)
    try_out(images, "localhost/fwatchdog-test/count", {"suppress_lock": "true"}, b"x" * 100_000, "100000\n")
    try_out(images, "localhost/fwatchdog-test/count", {"mode": "serializing", "TMPDIR": "/dev/shm"}, b"x" * 100_000, "100000\n")


@pytest.mark.long
@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_compiled_in_a_container(images, architecture, tmp_path):
    """The whole Dockerfile, from the sources to the images: on Debian 13, for this architecture and across.

    BuildKit sets TARGETARCH from --platform; buildah would look for a base of that architecture too, whatever FROM says."""
    for stage in ("classic", "of-watchdog"):
        images.buildah("bud", "--isolation", "chroot", "--format", "docker", "--pull-never", "--layers", "--build-arg", "TARGETARCH=" + architecture,
                       "--target", stage, "--build-arg", "DEBIAN=" + images.debian("trixie"), "--build-arg", "REVISION=0123abc",
                       "-t", "localhost/fwatchdog-test/compiled:" + stage, "-f", ROOT + "/Dockerfile", ROOT, timeout=1800)
        assert files_of(images, "localhost/fwatchdog-test/compiled:" + stage) == ["fwatchdog 755"]
        assert machine_of(images, "localhost/fwatchdog-test/compiled:" + stage) == {"amd64": 62, "arm64": 183}[architecture]


@pytest.mark.long
def test_library_compiled_in_a_container(images):
    """Everything that a function is linked with lies in /usr/local, and nothing else is in the image."""
    name = "localhost/fwatchdog-test/compiled:library"
    images.buildah("bud", "--isolation", "chroot", "--format", "docker", "--pull-never", "--layers", "--target", "library",
                   "--build-arg", "DEBIAN=" + images.debian("trixie"), "-t", name, "-f", ROOT + "/Dockerfile", ROOT, timeout=1800)
    files = [line.split()[0] for line in files_of(images, name)]
    assert all(file.startswith("usr/local/") and file.endswith((".hpp", ".a", ".pc")) for file in files), files
    names = {file.rsplit("/", 1)[1] for file in files}
    assert {"fwatchdog.hpp", "libfwatchdog.a", "libllhttp.a", "fwatchdog.pc"} <= names
    assert names & {"libuv_a.a", "libuv.a"}  # Debian 12, Debian 13
