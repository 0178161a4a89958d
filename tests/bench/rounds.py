"""Rounds: contestants take turns (A B A B ...), so that what disturbs the machine disturbs all of them."""
import contextlib
import statistics
import sys

TURNS = ("Runs take turns, those under load slice by slice of some tenths of a second. A ratio is that of the medians of the rounds; `rounds` "
         "shows the smallest and the largest of them. Percentiles are the median of the slices'.")


def turns(contestants, number):
    """Every other time backwards, so that nobody always comes after the same one."""
    return list(contestants) if number % 2 == 0 else list(contestants)[::-1]


def alternate(contestants, rounds, say=""):
    """Calls each of {name: function} once a round; returns {name: [what it returned, ...]}."""
    results = {name: [] for name in contestants}
    for number in range(rounds):
        for name in turns(contestants, number):
            print("  %sround %d of %d: %s" % (say + ", " if say else "", number + 1, rounds, name), file=sys.stderr, flush=True)
            results[name].append(contestants[name]())
    return results


class Run:
    """A contestant's part of one round, in slices; a context manager, which is open as long as the round lasts."""

    def __init__(self):
        self.slices = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def measure(self):
        """What a tool prints of some tenths of a second."""
        raise NotImplementedError

    def slice(self):
        self.slices.append(self.measure())

    def result(self):
        """Of all slices."""
        return merged(self.slices)


class ServerRun(Run):
    """On a server that is started for the round."""

    def __init__(self, server):
        super().__init__()
        self.server = server

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *_):
        self.server.__exit__()


def interleave(contestants, rounds, slices, say=""):
    """The same for {name: function that makes a Run}. The runs of a round are open side by side and take turns slice by slice: what
    disturbs a machine lasts longer than a slice, and who waits for his turn costs nothing."""
    results = {name: [] for name in contestants}
    for number in range(rounds):
        print("  %sround %d of %d" % (say + ", " if say else "", number + 1, rounds), file=sys.stderr, flush=True)
        with contextlib.ExitStack() as stack:
            runs = {name: stack.enter_context(contestants[name]()) for name in turns(contestants, number)}
            for turn in range(slices):
                for name in turns(contestants, turn):
                    runs[name].slice()
            for name, run in runs.items():
                results[name].append(run.result())
    return results


def merged(slices):
    """What the tools printed of each slice, as of one run: sums, and of latencies the median of the slices."""
    found = {key: sum(one[key] for one in slices) for key in slices[0]}
    for key in found:
        if key.endswith("_us"):
            found[key] = statistics.median(one[key] for one in slices)
    found["rate"] = found["requests"] / found["seconds"]
    return found
