"""Rounds: contestants take turns (A B A B ...), so that what disturbs the machine disturbs all of them."""
import sys


def alternate(contestants, rounds, say=""):
    """Calls each of {name: function} once a round; returns {name: [what it returned, ...]}. Every other round goes backwards, so that
    nobody always comes after the same one."""
    results = {name: [] for name in contestants}
    for number in range(rounds):
        order = list(contestants) if number % 2 == 0 else list(contestants)[::-1]
        for name in order:
            print("  %sround %d of %d: %s" % (say + ", " if say else "", number + 1, rounds, name), file=sys.stderr, flush=True)
            results[name].append(contestants[name]())
    return results
