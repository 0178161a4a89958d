"""The rules of the house that a program can check. Each takes {path: text} and gives its findings as (path, line, what)."""
import posixpath
import re

from source import code_only, line_of, operand, surroundings

CPP = (".cpp", ".hpp")
LIMIT = 400

# Who may include whom, from the top down. `config` and `log` may be used by all and use nobody; the files at the root of lib are
# named one by one.
LEAVES = {"config", "log"}
BELOW = {
    "service": {"modes", "middleware", "http", "process", "async", "fwatchdog.hpp"},
    "modes": {"http", "process", "async", "fwatchdog.hpp"},
    "middleware": {"http", "process", "crypto", "async"},
    "http": {"async"},
    "process": {"async"},
    "crypto": {"async"},
    "async": set(),
    "config": set(),
    "log": set(),
    "fwatchdog": {"fwatchdog.hpp", "service", "modes", "middleware", "http", "process", "crypto", "async"},
    "result": set(),
}
FOR_ALL = {"result.hpp", "version.hpp"}

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def _includes(text):
    for match in _INCLUDE.finditer(text):
        yield line_of(text, match.start(2)), match.group(1), match.group(2)


def _cpp(files, *roots):
    return {path: text for path, text in files.items() if path.endswith(CPP) and (not roots or path.startswith(roots))}


def _layer(path):
    """The folder below lib, or the stem of a file that lies in lib itself."""
    inside = path[len("lib/"):]
    return inside.split("/")[0] if "/" in inside else inside.split(".")[0]


def arrows(files):
    """Includes go down only: main, service, modes and middleware, http and process, async, result."""
    for path, text in _cpp(files, "lib/").items():
        layer = _layer(path)
        if layer not in BELOW:
            yield path, 1, f"lib/{layer} has no place in the direction of includes"
            continue
        for line, quote, name in _includes(text):
            if quote == "<":
                continue
            target = name.split("/")[0]
            if target not in BELOW and name not in FOR_ALL and name != "fwatchdog.hpp":
                yield path, line, f'"{name}" names no folder of lib'
            elif target not in {layer} | BELOW[layer] | FOR_ALL and (target not in LEAVES or layer in LEAVES | {"result"}):
                yield path, line, f'{layer} must not include "{name}"'


def libuv_stays_in_async(files):
    """uv.h is included in async/ and its unit tests only; the bench measures libuv alone."""
    return _only_in(files, re.compile(r"uv\.h|uv/.*"), ("lib/async/", "tests/unit/async/", "tests/bench/byte_proxy.cpp"))


def llhttp_stays_in_http(files):
    """llhttp.h is included in http/ and its unit tests only; a fuzz target compares with it."""
    return _only_in(files, re.compile(r"llhttp.*"), ("lib/http/", "tests/unit/http/", "tests/fuzz/other_parser.hpp"))


def mbedtls_stays_in_crypto(files):
    """mbedtls/ is included in crypto/ and its unit tests only."""
    return _only_in(files, re.compile(r"mbedtls/.*|psa/.*"), ("lib/crypto/", "tests/unit/crypto/"))


def jansson_stays_in_json(files):
    """jansson.h is included by middleware/json.cpp only."""
    return _only_in(files, re.compile(r"jansson.*"), ("lib/middleware/json.cpp",))


def zlib_stays_in_gzip(files):
    """zlib.h is included by http/gzip.cpp only."""
    return _only_in(files, re.compile(r"zlib\.h"), ("lib/http/gzip.cpp",))


def _only_in(files, header, places):
    for path, text in _cpp(files).items():
        if path.startswith(places):
            continue
        for line, _, name in _includes(text):
            if header.fullmatch(name):
                yield path, line, f"{name} belongs into {places[0]}"


def own_header_first(files):
    """A source includes its own header before anything else, which shows that the header compiles alone."""
    for path, text in _cpp(files, "lib/").items():
        header = path[:-len(".cpp")] + ".hpp"
        if path.endswith(".cpp") and header in files:
            first = next(_includes(text), None)
            if first is None or first[2] != header[len("lib/"):]:
                yield path, first[0] if first else 1, f'the first include must be "{header[len("lib/"):]}"'


def short_files(files):
    """No file of code has more than 400 lines."""
    for path, text in files.items():
        lines = text.count("\n")
        if path.endswith((*CPP, ".py")) and lines > LIMIT:
            yield path, lines, f"{lines} lines, at most {LIMIT}: find the second noun and give it a file"


def awaiting(files):
    """The forms of `co_await` that g++ 12 compiles wrongly. A line that must show one says `lint: allowed`."""
    for path, text in _cpp(files).items():
        code = code_only(text)
        for match in re.finditer(r"\bco_await\b", code):
            line = line_of(code, match.start())
            if "operator" in code[max(0, match.start() - 12):match.start()] or "lint: allowed" in text.splitlines()[line - 1]:
                continue
            for what in _awaiting(code, match):
                yield path, line, what


def _awaiting(code, match):
    awaited = operand(code, match.end())
    left, right = surroundings(code, match.start(), match.end() + len(awaited))
    if re.search(r"(?:^|[(,{=&?:|]|\breturn)\s*\[(?!\[)", awaited):
        yield "a lambda among the arguments: name it first"
    elif re.search(r"[(,]\s*\{", awaited):
        yield "a braced argument: name the value first"
    elif re.search(r"[\w>]\s*\{", awaited):
        yield "a temporary made with braces: name it first, or give the type a constructor"
    if "?" in left or "?" in right:
        yield "inside of `?:`: use if"
    if re.search(r"\bauto\s*&{0,2}\s*\[[^\]]*\]\s*[=:]\s*$", code[:match.start()]):
        yield "a structured binding directly on it: name the result first"


def coroutine_lambdas(files):
    """No coroutine is a lambda with captures: they die before it does."""
    for path, text in _cpp(files, "lib/", "watchdog/", "of-watchdog/", "examples/").items():
        code = code_only(text)
        for match in re.finditer(r"\[[^\]\[]+\]\s*(\([^()]*\))?\s*(mutable\s*)?(noexcept\s*)?->\s*Task<", code):
            yield path, line_of(code, match.start()), "a coroutine that is a capturing lambda: make it a function"


# Spelled in parts, so that this file and its test do not find themselves.
_UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK|st" r"ub|place" r"holder|for " r"now)\b", re.I)
_MACHINE = re.compile(
    r"(?<![\w.$}])/(?:home|root|users|work|workspace|builds)/(?!app\b)[\w.]"
    r"|https?://[a-z0-9.-]*(?:debian|ubuntu|npm|pypi|mirror|registry|artifact)[a-z0-9.-]*", re.I)


def finished(files):
    """Nothing is put off: no words that promise work for later."""
    for path, text in files.items():
        if path.endswith((*CPP, ".py", ".build")) or path.startswith(("scripts/", ".ci/")):
            yield from _matches(path, text, _UNFINISHED, "unfinished? '{}'")


def no_machine(files):
    """No path of somebody's machine and no host of a package mirror."""
    for path, text in files.items():
        yield from _matches(path, text, _MACHINE, "belongs to one machine: '{}'")


def _matches(path, text, pattern, what):
    for match in pattern.finditer(text):
        yield path, line_of(text, match.start()), what.format(match.group(0))


def built(files):
    """Every source of the library and every unit test is named in its meson.build."""
    for build, ending in (("lib/meson.build", ".cpp"), ("tests/unit/meson.build", "_test.cpp")):
        folder = posixpath.dirname(build)
        listed = set(re.findall(r"'([\w./-]+)'", files.get(build, "")))
        for path in files:
            if path.startswith(folder + "/") and path.endswith(ending) and path[len(folder) + 1:] not in listed:
                yield path, 1, f"not named in {build}"


RULES = (arrows, libuv_stays_in_async, llhttp_stays_in_http, mbedtls_stays_in_crypto, jansson_stays_in_json, zlib_stays_in_gzip,
         own_header_first, short_files, awaiting, coroutine_lambdas, finished, no_machine, built)
