"""examples/stack.yaml, laid out as faas-cli does it, and called."""
import json
import pathlib

import yaml

from laid_out import image_environment, lay_out, networked, run_in, start
import table
from watchdog import ROOT

EXAMPLES = pathlib.Path(ROOT) / "examples"
STACK = yaml.safe_load((EXAMPLES / "stack.yaml").read_text())
GREET = STACK["functions"]["greet"]


def test_stack():
    """Two functions; what they name is there."""
    assert STACK["provider"]["name"] == "openfaas" and len(STACK["functions"]) == 2
    for name, function in STACK["functions"].items():
        folder = EXAMPLES / function["handler"]
        assert folder.is_dir() and function["image"] == name + ":latest"
        if function["lang"] == "dockerfile":
            dockerfile = (folder / "Dockerfile").read_text()
        else:
            dockerfile = (pathlib.Path(ROOT) / "templates" / function["lang"] / "Dockerfile").read_text()
        for argument in function["build_args"]:
            assert "ARG %s" % argument in dockerfile
        assert all(isinstance(value, str) for value in function.get("labels", {}).values())


def test_greet(house, tmp_path):
    """Its own tests pass, and it answers with the settings of the stack."""
    template = next(row for row in table.ROWS if row.name == GREET["lang"])
    folder = lay_out(template.name, tmp_path, EXAMPLES / GREET["handler"])
    for command in (*template.install, "python3 run_tests.py"):
        run_in(folder, command, image_environment(template, folder))
    call_greet(row=template, house=house, folder=folder)


@networked
def call_greet(row, house, folder):
    answer = start(house, row, folder, GREET["environment"]).post("/greet", b"Ada")
    assert (answer.status, json.loads(answer.text)) == (200, {"message": "Hello, Ada", "path": "/greet"})
