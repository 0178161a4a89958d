#!/usr/bin/env python3
"""Checks the rules of the house over the whole tree: one line for each check, then `N checks, N failed`.

Beside the rules of rules.py: every header without a source of its own compiles alone, every source is formatted as .clang-format
says (with the version named there; skipped where another one is installed), and the rules themselves are tested."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import rules

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("lib", "watchdog", "of-watchdog", "tests", "scripts", "examples", "templates", ".ci", "docs")
TEXT = (".cpp", ".hpp", ".py", ".build", ".in", ".md", ".txt", ".sh", ".js", ".yml", ".yaml", ".json", "")


def tree():
    """{path: text} of the project's own files; data such as the fuzzers' corpora is none of a linter's business."""
    paths = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        paths += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    files = {}
    for path in sorted(paths):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in TEXT or "/corpus/" in name or "__pycache__" in name or "node_modules" in name:
            continue
        try:
            files[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return files


def lonely_headers(files):
    """Every header compiles alone."""
    compiler = os.environ.get("CXX", "g++").split()
    headers = [path for path in files if path.startswith("lib/") and path.endswith(".hpp") and path[:-4] + ".cpp" not in files]

    def compiles(path):
        command = [*compiler, "-fsyntax-only", "-x", "c++", "-std=c++20", "-DFMT_HEADER_ONLY", "-I", str(ROOT / "lib"), "-"]
        done = subprocess.run(command, input=f'#include "{path[len("lib/"):]}"\n', text=True, capture_output=True)
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])
        return None if done.returncode == 0 else (path, 1, first)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [finding for finding in pool.map(compiles, headers) if finding]


def formatted(files):
    """Every source is formatted as .clang-format says."""
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    version = subprocess.run([program, "--version"], text=True, capture_output=True).stdout if program else ""
    if not re.search(r"version 14\.", version):
        print("     (formatting is checked with clang-format 14 only)")
        return []
    sources = [path for path in files if path.endswith(rules.CPP)]
    if not sources:
        return []
    done = subprocess.run([program, "--dry-run", *sources], cwd=ROOT, text=True, capture_output=True)
    found = re.findall(r"^([^:\n]+):(\d+):\d+: ", done.stderr, re.M)
    first = {}
    for path, line in found:
        first.setdefault(path, (path, int(line), "not formatted: clang-format -i"))
    return list(first.values())


def tested_rules(_):
    """Every rule fails on a bad sample and passes a good one."""
    suite = unittest.defaultTestLoader.discover(str(ROOT / "tests/lint"), pattern="*_test.py")
    result = unittest.TestResult()
    suite.run(result)
    if result.testsRun == 0:
        return [("tests/lint", 1, "no test was found")]
    return [("tests/lint", 1, f"{test}: {text.strip().splitlines()[-1]}") for test, text in result.failures + result.errors]


def main():
    files = tree()
    checks = (*rules.RULES, lonely_headers, formatted, tested_rules)
    failed = 0
    for check in checks:
        findings = list(check(files))
        failed += bool(findings)
        print(f"{'FAIL' if findings else 'ok  '} {check.__doc__.splitlines()[0]}", flush=True)
        for path, line, what in findings:
            print(f"     {path}:{line}: {what}")
    print(f"{len(checks)} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
