"""C++ text as the rules need it: without comments and literals, and a walk over the expression around a `co_await`."""
import re

_SKIPPED = re.compile(
    r'//[^\n]*|/\*.*?\*/'                           # comments
    r'|R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)"'     # raw strings
    r'|"(?:\\.|[^"\\\n])*"'                         # strings
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",        # characters, not the separators in 1'000'000
    re.S)

_OPEN, _CLOSE = "([{", ")]}"
_STATEMENTS = re.compile(r"\b(if|while|switch|for|constexpr)\s*$")


def code_only(text):
    """The text with comments and literals blanked out; every line and column stays where it was."""
    def blank(match):
        found = match.group(0)
        kept = '"' if found.endswith('"') else " "
        return kept + re.sub(r"[^\n]", " ", found[1:-1]) + kept if len(found) > 1 else found
    return _SKIPPED.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def operand(code, start):
    """The operand of the `co_await` that ends at `start`: up to the end of its statement, argument or brackets."""
    depth = 0
    for at in range(start, len(code)):
        char = code[at]
        if char in _OPEN:
            if char == "{" and depth == 0 and not re.search(r"[\w>]\s*$", code[start:at]):
                return code[start:at]
            depth += 1
        elif char in _CLOSE:
            if depth == 0:
                return code[start:at]
            depth -= 1
        elif depth == 0 and char in ";,?":
            return code[start:at]
    return code[start:]


def surroundings(code, start, end):
    """What stands left and right of code[start:end] in the same full expression, on any enclosing level."""
    left, depth = [], 0
    for at in range(start - 1, -1, -1):
        char = code[at]
        if char in _CLOSE:
            if char == "}" and depth == 0:
                break
            depth += 1
        elif char in _OPEN:
            if depth > 0:
                depth -= 1
            elif char == "{" or (char == "(" and _STATEMENTS.search(code[:at])):
                break
        elif depth == 0:
            if char == ";":
                break
            left.append(char)
    right, depth, levels = [], 0, 0
    for at in range(end, len(code)):
        char = code[at]
        if char in _OPEN:
            if char == "{" and depth == 0:
                break
            depth += 1
        elif char in _CLOSE:
            if depth == 0:
                levels += 1
                if char == "}" or _ends_condition(code, start, levels):
                    break
            else:
                depth -= 1
        elif depth == 0:
            if char == ";":
                break
            right.append(char)
    return "".join(reversed(left)), "".join(right)


def _ends_condition(code, start, levels):
    """Whether the bracket that closes `levels` levels around `start` belongs to an `if (...)` or its like."""
    depth = 0
    for at in range(start - 1, -1, -1):
        if code[at] in _CLOSE:
            depth += 1
        elif code[at] in _OPEN:
            if depth > 0:
                depth -= 1
            else:
                levels -= 1
                if levels == 0:
                    return bool(_STATEMENTS.search(code[:at]))
    return False
