"""Reads a Dockerfile: its instructions, its stages, and the environment that a container of the last stage has."""
import re
import shlex
import typing


class Instruction(typing.NamedTuple):
    name: str
    rest: str
    line: int


class Stage(typing.NamedTuple):
    base: str  # as written, without --platform
    name: str
    instructions: list


class Dockerfile:
    def __init__(self, text):
        self.text = text
        self.instructions = list(_instructions(text))
        self.arguments, self.stages = {}, []
        for instruction in self.instructions:
            if instruction.name == "FROM":
                words = [word for word in instruction.rest.split() if not word.startswith("--")]
                self.stages.append(Stage(words[0], words[2] if len(words) > 2 else "", []))
            elif self.stages:
                self.stages[-1].instructions.append(instruction)
            else:
                assert instruction.name == "ARG", "line %d: only ARG may stand before FROM" % instruction.line
                name, _, default = instruction.rest.partition("=")
                self.arguments[name] = _unquoted(default)

    @property
    def last(self):
        return self.stages[-1]

    def stage(self, name):
        return next((stage for stage in self.stages if stage.name == name), None)

    def chain(self, stage):
        """The stage with the stages it is built on, the lowest first."""
        below = self.stage(stage.base)
        return (self.chain(below) if below else []) + [stage]

    def needed(self, stage=None):
        """The names of all stages that a builder has to build for the stage (the last one)."""
        found = set()
        for part in self.chain(stage or self.last):
            found.add(part.name)
            for instruction in part.instructions:
                source = re.search(r"--from=(\S+)", instruction.rest)
                if source and self.stage(source.group(1)):
                    found |= self.needed(self.stage(source.group(1)))
        return found

    def of(self, name, stage=None):
        """The rests of all instructions of that name in the stage (the last one) and those below it."""
        return [found.rest for part in self.chain(stage or self.last) for found in part.instructions if found.name == name]

    def argument(self, name, stage=None):
        """The default of an ARG of the stage or of one below it; None where it has none."""
        for rest in reversed(self.of("ARG", stage)):
            key, equals, default = rest.partition("=")
            if key == name:
                return _unquoted(default) if equals else self.arguments.get(name)
        return None

    def environment(self, stage=None, outside=None):
        """{name: value} of ENV in the stage (the last one); `$NAME` is replaced from what is above it, from ARG, and from `outside`."""
        stage = stage or self.last
        known, found = dict(outside or {}), {}
        for part in self.chain(stage):
            for instruction in part.instructions:
                if instruction.name == "ARG":
                    name, equals, default = instruction.rest.partition("=")
                    known[name] = _unquoted(default) if equals else self.arguments.get(name, "")
                elif instruction.name == "ENV":
                    for name, value in _pairs(instruction.rest):
                        known[name] = found[name] = _expanded(value, known)
        return found


def _instructions(text):
    """Comments are dropped and continued lines joined."""
    held, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("#") or (not held and not line.strip()):
            continue
        first = first if held else number
        held += line.strip() if held else line
        if held.endswith("\\"):
            held = held[:-1].rstrip() + " "
            continue
        name, _, rest = held.strip().partition(" ")
        yield Instruction(name.upper(), rest.strip(), first)
        held = ""
    assert not held, "the last line is continued"


def _pairs(rest):
    if re.match(r"\w+=", rest):
        for word in shlex.split(rest):
            name, _, value = word.partition("=")
            yield name, value
    else:
        name, _, value = rest.partition(" ")
        yield name, value.strip()


def _unquoted(text):
    return "".join(shlex.split(text)) if text[:1] in "\"'" else text


def _expanded(value, known):
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda match: known.get(match.group(1) or match.group(2), ""), value)
