"""Figures: what was measured, the bar it has to reach, and how both are shown."""
import dataclasses
import datetime
import json
import os
import platform
import statistics
import sys
import typing


class Series:
    """One number from each round."""

    def __init__(self, values):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    def over(self, other):
        """This series in parts of another one, round by round, for the spread. The ratio itself is that of the medians."""
        return Series([a / b for a, b in zip(self.values, other.values)])

    def scaled(self, factor):
        return Series([value * factor for value in self.values])


@dataclasses.dataclass
class Figure:
    name: str
    value: float
    spread: Series
    unit: str = ""
    at_least: typing.Optional[float] = None
    at_most: typing.Optional[float] = None
    note: str = ""

    @classmethod
    def of(cls, name, series, unit="", **bars):
        return cls(name, series.median, series, unit, **bars)

    @classmethod
    def ratio(cls, name, series, to, **bars):
        """The ratio of two medians whose rounds alternated."""
        return cls(name, series.median / to.median, series.over(to), "", **bars)

    @property
    def reached(self):
        """None where there is no bar."""
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return None

    def text(self, value):
        return number(value) + (" " + self.unit if self.unit else "")

    def bar(self):
        if self.at_least is not None:
            return "≥ " + self.text(self.at_least)
        return "≤ " + self.text(self.at_most) if self.at_most is not None else ""

    def row(self):
        low, high = min(self.spread.values), max(self.spread.values)
        verdict = {True: "reached", False: "**missed**", None: ""}[self.reached]
        return (self.name, self.text(self.value), "%s … %s" % (number(low), number(high)), self.bar(), verdict, self.note)

    def record(self):
        return {"name": self.name, "value": self.value, "unit": self.unit, "rounds": self.spread.values, "at_least": self.at_least,
                "at_most": self.at_most, "reached": self.reached, "note": self.note}


def number(value):
    """Three digits that say something."""
    if value == int(value) and abs(value) < 1e6:
        return "%d" % value
    if abs(value) >= 100:
        return "%.0f" % value
    return "%.3g" % value if abs(value) >= 1 else "%.2g" % value if abs(value) < .1 else "%.3f" % value


def table(figures):
    rows = [("figure", "measured", "rounds", "bar", "verdict", "note")]
    rows += [figure.row() for figure in figures]
    if not any(row[-1] for row in rows[1:]):
        rows = [row[:-1] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def machine():
    """What a reader has to know to compare, and nothing that names the machine."""
    model = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), model)
    except OSError:
        pass
    return {"processors": len(os.sched_getaffinity(0)), "model": model, "linux": ".".join(platform.release().split(".")[:2]),
            "load_before": round(os.getloadavg()[0], 2)}


def conclude(suite, figures, notes, before, folder):
    """Prints the table, keeps the numbers in `folder`, and tells whether every bar was reached."""
    load_after = round(os.getloadavg()[0], 2)
    print("\n### %s\n\n%s\n" % (suite, table(figures)))
    print("%s, %d processors, Linux %s; load average %.2f before and %.2f after." %
          (before["model"], before["processors"], before["linux"], before["load_before"], load_after))
    for note in notes:
        print("- " + note)
    os.makedirs(folder, exist_ok=True)
    record = {"suite": suite, "date": datetime.date.today().isoformat(), "machine": dict(before, load_after=load_after), "notes": notes,
              "figures": [figure.record() for figure in figures]}
    with open(os.path.join(folder, suite + ".json"), "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.write("\n")
    sys.stdout.flush()
    return all(figure.reached is not False for figure in figures)
