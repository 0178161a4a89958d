"""The bench's own programs, and what a function watchdog is measured against in all forking modes."""
import json
import os
import subprocess
import tempfile

from servers import bare_environment, full_path, free_port

LIMIT = 600  # seconds for one run of a tool


class Tools:
    """The programs in `folder`, which is tests/bench of a build."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, tool):
        return os.path.join(self.folder, tool)

    def run(self, tool, options, command=(), environment=None):
        words = [self.path(tool)]
        for name, value in options.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        done = subprocess.run([*words, *(("--", *command) if command else ())], env=environment or bare_environment(), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (tool, done.stderr.strip()[-500:] or "exit %d" % done.returncode))
        return json.loads(done.stdout)

    def load(self, port, **options):
        """Requests against a server: rate, latencies, errors. An answer that is not whole, or no 200, is an error, and ends the bench."""
        result = self.run("load", dict(options, port=port))
        if result["errors"]:
            raise RuntimeError("%d of %d requests failed" % (result["errors"], result["requests"]))
        return result

    def spawn_loop(self, program, **options):
        return self.run("spawn_loop", options, [full_path(program)])

    def cold_starts(self, program, runs, settings):
        """(seconds from exec to the first 200, seconds of processor time) of each start."""
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="fwatchdog-bench.") as folder:
            environment = {**bare_environment(), "TMPDIR": folder, "port": str(port), "metrics_port": str(free_port()), "workers": "1", **settings}
            result = self.run("cold_start", {"port": port, "runs": runs}, [program], environment)
        return [(time / 1e6, cpu / 1e6) for time, cpu in zip(result["microseconds"], result["cpu_microseconds"])]
