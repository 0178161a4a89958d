"""What every template has, and how faas-cli finds them."""
import json
import os
import re
import shutil
import subprocess

import pytest

import laid_out
import table
from laid_out import ROOT, TEMPLATES, dockerfile_of, template_of
from linked import build_environment

FIELDS = {"language", "fprocess", "welcome_message", "handler_folder", "build_options", "mount_ssh"}
BASES = {"WATCHDOG_IMAGE", "LIBRARY_IMAGE", "BASE_IMAGE", "BUILD_IMAGE", "COMPOSER_IMAGE"}
HEALTHCHECK = re.compile(r'--interval=\d+s CMD \["/usr/bin/fwatchdog", *"--run-healthcheck"\]')


def test_every_template_is_tested():
    """The table has a row for every folder, and no other."""
    folders = {entry.name for entry in TEMPLATES.iterdir() if entry.is_dir()}
    assert {row.name for row in table.ROWS} == folders


def test_description(row):
    """template.yml is YAML that faas-cli understands; its fprocess, which wins over the image's, is the image's."""
    yaml = pytest.importorskip("yaml")
    described = yaml.safe_load((template_of(row) / "template.yml").read_text())
    assert set(described) <= FIELDS and described["language"] == row.name and described["welcome_message"].strip()
    assert described.get("fprocess") == dockerfile_of(row).environment().get("fprocess")
    for option in described.get("build_options", ()):
        assert set(option) == {"name", "packages"} and option["packages"] and all(isinstance(name, str) for name in option["packages"])


def test_images_are_arguments(row):
    """Watchdog and bases can be replaced; a tag names the base's release."""
    dockerfile = dockerfile_of(row)
    names = {stage.name for stage in dockerfile.stages}
    for stage in dockerfile.stages:
        argument = re.fullmatch(r"\$\{(\w+)\}", stage.base)
        assert stage.base in names | {"scratch"} or argument and argument.group(1) in BASES, stage.base
    assert {"LIBRARY_IMAGE" if row.program else "WATCHDOG_IMAGE", "BASE_IMAGE"} <= set(dockerfile.arguments) <= BASES
    for name, image in dockerfile.arguments.items():
        assert re.fullmatch(r"[\w./-]+:[\w.-]+", image) and not image.endswith(":latest"), "%s=%s" % (name, image)


def test_packages(row):
    """faas-cli always gives ADDITIONAL_PACKAGE, and often an empty one."""
    instructions = [found for stage in dockerfile_of(row).stages for found in stage.instructions]
    assert any((found.name, found.rest) == ("ARG", "ADDITIONAL_PACKAGE") for found in instructions)
    uses = [found.rest for found in instructions if found.name == "RUN" and "$ADDITIONAL_PACKAGE" in found.rest]
    assert uses and all('[ -n "$ADDITIONAL_PACKAGE" ]' in use and "--no-install-recommends" in use for use in uses)


def test_tests_are_part_of_the_build(row):
    """The last stage needs the one that runs the function's tests, so that no builder leaves it out."""
    dockerfile = dockerfile_of(row)
    assert dockerfile.argument("TEST_ENABLED", dockerfile.stage("test")) == "true"
    assert dockerfile.argument("TEST_COMMAND", dockerfile.stage("test"))
    assert "test" in dockerfile.needed()


def test_how_it_runs(row):
    """As a user without rights, under a number that a cluster can check; health is looked at by the watchdog itself."""
    dockerfile = dockerfile_of(row)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", dockerfile.of("USER")[-1])
    assert HEALTHCHECK.fullmatch(dockerfile.of("HEALTHCHECK")[-1])
    assert dockerfile.of("EXPOSE") == ["8080"]
    assert dockerfile.of("CMD")[-1] in ('["fwatchdog"]', '["/usr/bin/fwatchdog"]') and not dockerfile.of("ENTRYPOINT")
    program = ["--from=build", laid_out.HOME + "/" + row.program] if row.program else ["--from=watchdog", "/fwatchdog"]
    assert [*program, "/usr/bin/fwatchdog"] in [copy.split() for copy in dockerfile.of("COPY")]
    environment = dockerfile.environment()
    if row.program:
        assert not {"mode", "fprocess", "upstream_url"} & set(environment)
        return
    assert environment["mode"] in ("http", "streaming", "serializing", "static")
    if row.style == "http":
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", environment["upstream_url"])


def test_samples_test_can_be_left_out(row):
    """`sample` is the template's own function, by which the Dockerfile sees that the sample's test stands beside another handler."""
    if row.name in ("dockerfile", "static-site"):
        pytest.skip("the sample's test fits every function")
    assert os.readlink(template_of(row) / "sample") == laid_out.handler_folder(template_of(row))
    assert any("cmp -s sample/" in found.rest for stage in dockerfile_of(row).stages for found in stage.instructions if found.name == "RUN")


def test_sample(row, ready_folder):
    """The function that `faas-cli new` makes passes its own test, by the command that the image uses."""
    dockerfile, folder = dockerfile_of(row), laid_out.sample(row, ready_folder)
    stage = dockerfile.stage("test")
    where = dockerfile.of("WORKDIR", stage)[-1].replace(laid_out.HOME, str(folder))
    library = build_environment(ready_folder) if row.program else {}
    said = laid_out.run_in(where, dockerfile.argument("TEST_COMMAND", stage), {**library, **laid_out.image_environment(row, folder, stage)})
    assert said.strip(), "a test says that it ran"


def test_link_for_faas_cli():
    """`faas-cli template pull` looks for the folder `template` at the top of a repository."""
    assert os.readlink(ROOT / "template") == "templates"
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-s", "template"], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=20)
        assert listed.returncode != 0 or listed.stdout.startswith("120000 "), listed.stdout


def test_folders_are_real():
    """faas-cli follows links inside of a template's folder, but not a link in its place."""
    assert not [entry.name for entry in TEMPLATES.iterdir() if entry.is_symlink()]
    for entry in TEMPLATES.rglob("*"):
        assert entry.exists(), "%s leads nowhere" % entry


def test_pulled_by_faas_cli(tmp_path):
    """The real program takes every template from a clone."""
    laid_out.skip_unless(shutil.which("faas-cli"), "faas-cli is not installed")
    clone, user = tmp_path / "clone", tmp_path / "user"
    user.mkdir()
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True, timeout=120)
    subprocess.run(["faas-cli", "template", "pull", str(clone)], cwd=user, check=True, timeout=120)
    assert {entry.name for entry in (user / "template").iterdir()} >= {row.name for row in table.ROWS}
    for row in table.ROWS:
        for path in (*user.glob("*.yml"), *user.glob("*.yaml")):
            path.unlink()
        subprocess.run(["faas-cli", "new", "--lang", row.name, "fn-" + row.name, "-q"], cwd=user, check=True, timeout=60)
        assert any((user / ("fn-" + row.name)).iterdir())


STORE_FIELDS = {"template", "platform", "language", "source", "description", "repo", "recommended", "official"}


def test_store():
    """templates.json offers every template."""
    entries = json.loads((ROOT / "templates.json").read_text())
    assert sorted(entry["template"] for entry in entries) == sorted({entry["template"] for entry in entries})
    assert {row.name for row in table.ROWS} <= {entry["template"] for entry in entries}
    for entry in entries:
        assert set(entry) == STORE_FIELDS and all(isinstance(entry[name], str) for name in STORE_FIELDS - {"recommended"}), entry
        assert entry["description"] and entry["recommended"] is True and entry["official"] in ("true", "false")
