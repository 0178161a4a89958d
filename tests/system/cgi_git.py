"""git's own CGI program behind the cgi mode, with real clones, fetches and pushes; with the settings of examples/git."""
import os
import subprocess

import pytest

from caller import until
from examplefiles import read, settings_of
from functions import need


class Repositories:
    """A server of one bare repository, and git commands of a user who works with it."""

    def __init__(self, house, of, **settings):
        self.house = house
        self.run(house.folder, "init", "--quiet", "--bare", "-b", "main", "served/project.git")
        given = settings_of(read("examples", "git", "Dockerfile"))
        given["GIT_PROJECT_ROOT"] = house.path("served")
        given.update(settings)
        self.watchdog = of(given.pop("mode"), given.pop("fprocess"), **given)
        self.url = "http://127.0.0.1:%d/project.git" % self.watchdog.port

    def run(self, folder, *command, succeeds=True, **variables):
        name = {"GIT_%s_%s" % (who, what): value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "t"), ("EMAIL", "t@example.com"))}
        environment = dict(os.environ, HOME=self.house.folder, GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0", no_proxy="127.0.0.1", **name, **variables)
        done = subprocess.run(["git", *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
        assert (done.returncode == 0) == succeeds, done.stderr[-3000:]
        return done.stdout + done.stderr

    def clone(self, name):
        self.run(self.house.folder, "clone", "--quiet", self.url, name)
        return self.house.path(name)

    def commit(self, folder, name, content):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
        self.run(folder, "add", name)
        self.run(folder, "commit", "--quiet", "-m", name)

    def head(self, folder):
        return self.run(folder, "rev-parse", "main").strip()


@pytest.fixture
def repositories(house, of):
    need("git")
    if not os.path.exists(os.path.join(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip(), "git-http-backend")):
        pytest.skip("git has no http-backend here")
    return lambda **settings: Repositories(house, of, **settings)


def test_push_clone_and_fetch(repositories):
    """What one user pushes another one clones and fetches, byte for byte."""
    served = repositories()
    alice = served.clone("alice")
    served.commit(alice, "one", b"first")
    served.run(alice, "push", "--quiet", "origin", "main")
    bob = served.clone("bob")
    assert served.head(bob) == served.head(alice) == served.head("%s/served/project.git" % served.house.folder)
    served.commit(alice, "two", bytes(range(256)) * 4000)
    served.run(alice, "push", "--quiet", "origin", "main")
    served.run(bob, "pull", "--quiet", "--ff-only")
    assert served.house.read("bob/two") == bytes(range(256)) * 4000
    served.run(bob, "fsck", "--strict")


def test_large_push_in_chunks(repositories):
    """Above http.postBuffer git sends chunks without a length; the program is told the length all the same."""
    served = repositories()
    alice = served.clone("alice")
    served.commit(alice, "random", os.urandom(3 << 20))
    said = served.run(alice, "push", "origin", "main", GIT_TRACE_CURL="1", GIT_TRACE_CURL_NO_DATA="1")
    assert "Transfer-Encoding: chunked" in said
    assert served.head("%s/served/project.git" % served.house.folder) == served.head(alice)
    bob = served.clone("bob")
    assert served.house.read("bob/random") == served.house.read("alice/random")
    served.run(bob, "fsck", "--strict")


@pytest.mark.parametrize("version", ["0", "2"])
def test_packed_request(repositories, version):
    """A request of many lines is sent compressed (Content-Encoding: gzip), which the program unpacks itself."""
    served = repositories()
    commits = "".join("commit refs/heads/b%d\ncommitter t <t@example.com> %d +0000\ndata 1\nx\n" % (i, 1700000000 + i) for i in range(60))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=served.house.path("served/project.git"), input=commits, text=True, check=True, timeout=60)
    said = served.run(served.house.folder, "-c", "protocol.version=" + version, "clone", "--no-checkout", served.url, "all", GIT_TRACE_CURL="1", GIT_TRACE_CURL_NO_DATA="1")
    assert "Content-Encoding: gzip" in said
    assert len(served.run(served.house.path("all"), "branch", "--remotes", "--list", "origin/b*").split()) == 60


def test_old_protocol_and_shallow_clone(repositories):
    """The first version of the protocol, and a clone of the last commit alone."""
    served = repositories()
    alice = served.clone("alice")
    for i in range(3):
        served.commit(alice, "file%d" % i, b"%d" % i)
    served.run(alice, "-c", "protocol.version=0", "push", "--quiet", "origin", "main")
    served.run(served.house.folder, "-c", "protocol.version=0", "clone", "--quiet", "--depth", "1", served.url, "shallow")
    assert served.run(served.house.path("shallow"), "rev-list", "--count", "HEAD").strip() == "1"


def test_what_is_not_there(repositories):
    """A repository that does not exist is the program's own 404; a way out of the folder leads nowhere."""
    served = repositories()
    assert "not found" in served.run(served.house.folder, "clone", "%s/../other.git" % served.url, "other", succeeds=False)
    for target in ("/none.git/info/refs?service=git-upload-pack", "/..%2f..%2f..%2fetc/passwd", "/project.git/../../../etc/passwd", "/project.git/%2e%2e/%2e%2e/etc/passwd"):
        assert served.watchdog.get(target).status == 404
    assert served.watchdog.get("/project.git/HEAD").status == 200
    until(lambda: served.watchdog.sample("http_requests_total", code="404", method="get") >= 4, "they are counted")


def test_push_that_is_not_allowed(repositories):
    """Without http.receivepack the program refuses with 403, which git understands."""
    served = repositories(GIT_CONFIG_COUNT="1")
    alice = served.clone("alice")
    served.commit(alice, "one", b"first")
    assert "403" in served.run(alice, "push", "origin", "main", succeeds=False)
