"""Runs the function's tests: with pytest where the function's requirements install it, else with unittest. No tests are no error."""
import importlib.util
import subprocess
import sys

NO_TESTS = 5  # as both say

if importlib.util.find_spec("pytest"):
    command = ["-m", "pytest", "-p", "no:cacheprovider", "function"]
else:
    command = ["-m", "unittest", "discover", "--verbose", "--top-level-directory", ".", "--start-directory", "function", "--pattern", "*test*.py"]
status = subprocess.run([sys.executable, *command]).returncode
sys.exit(0 if status == NO_TESTS else status)
