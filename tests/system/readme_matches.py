"""README tells the truth: its tables of variables are the programs' own, its Dockerfiles and metrics are the real ones, its links lead somewhere.

Run as a program, this file writes the tables of variables into README.md anew.
"""
import os
import re
import shutil
import subprocess

import pytest

from examplefiles import last_stage, read, settings_of
from watchdog import PROGRAMS, ROOT

README = os.path.join(ROOT, "README.md")
NAMES = {"classic": "watchdog", "of": "of-watchdog"}
# Two lines of --help: `  name, other (type, default text)` and the meaning.
VARIABLE = re.compile(r"^  ([A-Za-z_]+)(?:, ([A-Za-z_]+))? \((\w+), default (.+)\)\n      (.+)$", re.M)


def table_of(program):
    """The table of variables as markdown_table_of_variables() makes it, from what --help says."""
    shown = subprocess.run([PROGRAMS[program], "--help"], capture_output=True, text=True, timeout=30, check=True).stdout
    rows = ["| Variable | Type | Default | Meaning |", "| --- | --- | --- | --- |"]
    for first, second, kind, default, meaning in VARIABLE.findall(shown):
        names = "`%s`, `%s`" % (first, second) if second else "`%s`" % first
        rows.append("| %s | %s | %s | %s |" % (names, kind, default if default == "none" else "`%s`" % default, meaning))
    return "\n".join(rows) + "\n"


def place_of_table(program):
    return re.compile(r"(<!-- variables of %s -->\n).*?(<!-- end -->)" % NAMES[program], re.S)


@pytest.mark.parametrize("program", PROGRAMS)
def test_table_of_variables(program):
    """Each variable with its type, default and meaning, and no other."""
    found = place_of_table(program).search(read("README.md"))
    assert found, "README has a place for the variables of " + NAMES[program]
    assert len(table_of(program).splitlines()) > 10
    assert found.group(0) == found.group(1) + table_of(program) + found.group(2), "README is out of date: run " + os.path.relpath(__file__, ROOT)


@pytest.mark.parametrize("example", ["shell", "node"])
def test_dockerfile(example):
    """README shows the last stage of the example."""
    assert "```dockerfile\n%s```" % last_stage(read("examples", example, "Dockerfile")) in read("README.md")


def test_git_example():
    """README shows the beginning of the last stage."""
    stage = last_stage(read("examples", "git", "Dockerfile"))
    shown = stage[:stage.index("# Serve every")]
    assert "```dockerfile\n%s```" % shown in read("README.md")


def test_shell_example(classic):
    """The function of examples/shell answers."""
    server = classic(**settings_of(read("examples", "shell", "Dockerfile")))
    answer = server.post(body=b"hello")
    assert (answer.status, answer.text) == (200, "HELLO")


def test_node_example(of, house):
    """The function of examples/node answers, with the settings of its Dockerfile."""
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    settings = settings_of(read("examples", "node", "Dockerfile"))
    port = house.free_port()
    assert settings["upstream_url"] == "http://127.0.0.1:3000"
    settings["upstream_url"] = "http://127.0.0.1:%d" % port
    # In the image the files lie in the working directory.
    shutil.copy(os.path.join(ROOT, "examples", "node", "index.js"), house.folder)
    shutil.copy(os.path.join(ROOT, "examples", "node", "handler.js"), house.folder)
    server = of(settings.pop("mode"), settings.pop("fprocess"), http_port=port, **settings)
    answer = server.post("/greet", b"Ada")
    assert (answer.status, answer.text) == (200, '{"message":"Hello, Ada","path":"/greet"}\n')


def test_metrics(server):
    """README names every metric."""
    watchdog = server()
    watchdog.get()
    names = re.findall(r"^# TYPE (\S+) ", watchdog.scrape().text, re.M)
    assert "http_requests_total" in names
    text = read("README.md")
    assert [name for name in names if "`%s`" % name not in text] == []


def test_links():
    """Links to files and to headings of the page itself lead somewhere."""
    text = read("README.md")
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("https://")]
    assert len(targets) > 10
    assert [target for target in targets if not (target[1:] in headings if target[0] == "#" else os.path.exists(os.path.join(ROOT, target)))] == []


def write_tables():
    text = read("README.md")
    for program in PROGRAMS:
        table = table_of(program)
        text = place_of_table(program).sub(lambda found: found.group(1) + table + found.group(2), text)
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    write_tables()
