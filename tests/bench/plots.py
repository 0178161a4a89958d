"""Plots of figures along an axis, drawn by gnuplot as SVG: speed, latency, and processor time side by side."""
import os
import shutil
import subprocess
import sys

HEAD = """
set terminal svg noenhanced size 1080,400 background rgb 'white' font 'sans,12'
set output '%(file)s'
set multiplot layout 1,3 title '%(title)s'
set style data linespoints
set grid ytics
set key bmargin horizontal
set xlabel '%(label)s'
set offsets .2,.2,0,0
set yrange [0:*]
"""


def quoted(text):
    """A string of gnuplot's in single quotes."""
    return text.replace("'", "''")


def panel(title, names, columns):
    """One plot of all contestants; `columns` are those of the data, the first one drawn as a line, a second one dashed."""
    curves = []
    for number, name in enumerate(names):
        for dash, column in enumerate(columns, 1):
            curve_title = "title '%s'" % quoted(name) if dash == 1 else "notitle"
            curves.append("$data%d using %d:xticlabels(1) %s linecolor %d pointtype 7 pointsize .5 dashtype %d" %
                          (number, column, curve_title, number + 1, dash))
    return "set title '%s'\nplot %s\n" % (quoted(title), ", \\\n  ".join(curves))


def script(file, title, label, curves):
    """The text for gnuplot. `curves`: {contestant: [(point, requests/s, p50 ms, p99 ms, us of the processor), ...]}."""
    lines = []
    for number, rows in enumerate(curves.values()):
        lines.append("$data%d << END" % number)
        lines += ['"%s" %s' % (point, " ".join("%g" % value for value in values)) for point, *values in rows]
        lines.append("END")
    names = list(curves)
    return "\n".join(lines) + HEAD % {"file": quoted(file), "title": quoted(title), "label": quoted(label)} + "".join((
        panel("requests per second", names, [2]),
        "set logscale y\nset yrange [*:*]\n",
        panel("ms: p50, dashed p99", names, [3, 4]),
        "unset logscale y\nset yrange [0:*]\n",
        panel("us of processor time per request", names, [5]),
        "unset multiplot\n"))


def draw(folder, plots):
    """Draws [(file, title, label, curves), ...] into `folder`. Without gnuplot it says so and draws none."""
    program = shutil.which("gnuplot")
    if not program:
        print("bench: gnuplot is not installed (scripts/setup --bench installs it), so no plots are drawn", file=sys.stderr)
        return
    os.makedirs(folder, exist_ok=True)
    for plot in plots:
        done = subprocess.run([program], input=script(*plot), cwd=folder, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("gnuplot: " + done.stderr.strip()[-500:])
