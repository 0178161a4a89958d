"""What a watchdog holds on to: descriptors, children, memory. After a fault it must be what it was before."""
from caller import until

# KiB that a warm watchdog may gain: buffers and frames that are kept for the next requests.
KEPT = 2048


class Footprint:
    def __init__(self, watchdog):
        self.watchdog = watchdog
        self.descriptors, self.children, self.memory = watchdog.descriptors(), len(watchdog.children()), watchdog.memory()

    def await_return(self, kept=KEPT):
        """Waits until nothing is left of what came since; memory may have grown by `kept` KiB."""
        watchdog = self.watchdog
        until(lambda: watchdog.descriptors() <= self.descriptors, "descriptors are as before: %d" % self.descriptors)
        until(lambda: len(watchdog.children()) <= self.children, "children are as before: %d" % self.children)
        until(lambda: watchdog.sanitized or watchdog.memory() <= self.memory + kept, "memory is as before: %d KiB and %d" % (self.memory, kept))
