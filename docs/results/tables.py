#!/usr/bin/env python3
"""Prints the tables of the pages in this folder, and what was worked out from them.

    docs/results/tables.py critical             from the tables here
    docs/results/tables.py training [WORK]      also from the sweeps that configs/reproduce left in WORK
                                                (default: reproduce), with the critsweep of PATH or of
                                                the variable CRITSWEEP
"""
import csv
import json
import math
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    with open(os.path.join(HERE, name), newline="") as file:
        return list(csv.DictReader(file))


def number(row, name):
    return float(row[name]) if row.get(name) else math.nan


def short(value, digits=3):
    value = float(value)
    if abs(value) >= 99.5:
        return str(round(value))
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def spread(row, name, scale=1.0):
    """Mean ± s.d., and of how many seeds where not of all."""
    if not row.get(name + "_mean"):
        return "—"
    count = row.get(name + "_n")
    text = short(number(row, name + "_mean") * scale)
    if row[name + "_sd"]:
        text += f" ± {short(number(row, name + '_sd') * scale, 2)}"
    return text + (f" (n = {count})" if count and count != row["n"] else "")


def table(title, rows):
    print(f"\n{title}\n")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def slope(xs, ys):
    """Of ln y against ln x, by least squares."""
    xs, ys = [math.log(x) for x in xs], [math.log(y) for y in ys]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def top(points):
    """Where a parabola through the highest of evenly spaced points and its neighbours has its top."""
    best = max(range(len(points)), key=lambda place: points[place][1])
    if best in (0, len(points) - 1):
        return "at the edge"
    (a, low), (b, high), (c, right) = points[best - 1:best + 2]
    return f"{b - (c - a) / 4 * (right - low) / (right - 2 * high + low):.2f}"


def critical():
    rows = load("depth-adaptation.csv")
    gains = ("0.6", "0.75", "0.9", "1.05", "1.35", "2.4")
    out, ratios = [], []
    for depth in ("1", "2", "3", "5", "10", "20"):
        here = {f"{float(row['gain']):g}": row for row in rows if row["depth"] == depth}

        def curve(name):
            return [(float(gain), number(row, name + "_mean")) for gain, row in here.items()]

        changes = curve("adaptation_output")
        learned = [f"{number(here[gain], 'cka_output_mean') - number(here[gain], 'cka_output_nngp_mean'):.3f}"
                   for gain in ("0.6", "1.35")]
        out.append([depth] + [f"{number(here[gain], 'adaptation_output_mean'):.4f} ± "
                              f"{number(here[gain], 'adaptation_output_sd'):.4f}" for gain in gains]
                   + [f"{max(changes, key=lambda point: point[1])[0]:g}"] + learned)
        for order in ("full", "linear"):
            theory = curve("adaptation_output_" + order)
            ratios.append([depth, order, top(changes), top(theory)]
                          + [f"{a / b:.2f}" for (_, a), (_, b) in zip(theory, changes)])
    table("Change of the output kernel: L, g = " + ", ".join(gains)
          + ", largest at, CKA − NNGP at 0.6 and 1.35", out)
    table("L, order, top of the sampled and of the theory's parabola, theory over sampled at each gain",
          ratios)

    rows = load("xor-width.csv")
    for least in (200, 500):
        wide = [row for row in rows if float(row["width"]) >= least]
        found = slope([float(row["width"]) for row in wide],
                      [number(row, "cka_output_mean") - number(row, "cka_output_nngp_mean") for row in wide])
        print(f"\nexponent of CKA − NNGP in N from {least} on: {found:.2f}")
    rows = load("prior-fluctuations.csv")
    for gain in sorted({row["gain"] for row in rows}, key=float):
        for least in (32, 128):
            wide = [row for row in rows if row["gain"] == gain and float(row["width"]) >= least]
            found = slope([float(row["width"]) for row in wide],
                          [number(row, "kernel_variance_output_mean") for row in wide])
            print(f"exponent of the kernel's variance in N at g = {gain} from {least} on: {found:.3f}")


def settings(rows):
    return [[row["setting"], row["n"]] + [spread(row, name, scale) for name, scale in (
        ("h_initial", 1), ("h_final", 1), ("epoch_output_half", 1), ("eta_h", 1e3), ("eta_y", 1e3),
        ("fit_rmse", 1), ("h_predicted", 1))] for row in rows]


def rich_structure():
    rates = load("rich-structure-rates.csv")[0]
    common = number(rates, "eta_h_mean") / number(rates, "eta_y_mean")
    rows = [row for row in load("rich-structure.csv") if number(row, "loss_final_mean") < 1e-3]

    def predicted(row):
        start, dx, dy = number(row, "h_initial_mean"), float(row["dx"]), float(row["dy"])
        return start / 2 + math.sqrt(start * start / 4 + common * dx * dx * dy * dy)

    for name, guess in (("own rates", lambda row: number(row, "h_predicted_mean")),
                        (f"one ratio, {common:.4f}", predicted)):
        pairs = [(guess(row), number(row, "h_final_mean")) for row in rows]
        pairs = [(x, y) for x, y in pairs if not math.isnan(x)]
        mx, my = (sum(pair[k] for pair in pairs) / len(pairs) for k in (0, 1))
        across = sum((x - mx) * (y - my) for x, y in pairs)
        vx, vy = sum((x - mx) ** 2 for x, _ in pairs), sum((y - my) ** 2 for _, y in pairs)
        print(f"\nrich-structure, {len(pairs)} means, {name}: r = {across / math.sqrt(vx * vy):.2f}, "
              f"R² = {1 - sum((y - x) ** 2 for x, y in pairs) / vy:.2f}, "
              f"slope = {sum(x * y for x, y in pairs) / sum(x * x for x, _ in pairs):.2f}")


def corners(work, program):
    names = ("rich", "intermediate", "lazy", "shallow")
    sweeps = [os.path.join(work, f"xor-corners-{name}.sweep") for name in names]
    columns = []
    for sweep in sweeps:
        lines = subprocess.run([program, "export", sweep, "--format", "jsonl"], check=True,
                               capture_output=True, text=True).stdout.splitlines()
        arrays = [json.loads(line)["arrays"] for line in lines]
        columns.append({when: [[[math.sqrt(entry) for entry in row] for row in trial["distances_" + when][0]]
                               for trial in arrays] for when in ("initial", "final", "predicted")})

    def figures(values):
        mean = sum(values) / len(values)
        return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))

    out = []
    for label, a, b in (("00–01", 0, 1), ("00–10", 0, 2), ("01–11", 1, 3), ("10–11", 2, 3),
                        ("01–10 (one target)", 1, 2), ("00–11 (one target)", 0, 3)):
        cells = []
        for column in columns:
            mean, deviation = figures([trial[a][b] for trial in column["final"]])
            theory, _ = figures([trial[a][b] for trial in column["predicted"]])
            cells.append(f"{short(mean)} ± {short(deviation, 2)} ({short(theory)})")
        out.append([label] + cells)
    out.append(["01–10 over 00–01, start → end"] + [" → ".join(
        short(figures([trial[1][2] / trial[0][1] for trial in column[when]])[0], 2)
        for when in ("initial", "final")) for column in columns])
    tables = [load(f"xor-corners-{name}.csv")[0] for name in names]
    for label, name in (("distance_error", "distance_error"),
                        ("largest change of a distance", "distance_change")):
        out.append([label] + [spread(row, name) for row in tables])
    table("Exclusive or: " + ", ".join(names), out)
    for moment in ("end", "start"):
        print()
        subprocess.run([program, "cka", *sweeps, "--at", moment, "--format", "table"], check=True)


def digits():
    """What was found of the sweeps of mnist-training/, where their tables are here."""
    for name, metrics in (
            ("structure", ("class_correlation", "class_correlation_between", "distance_correlation",
                           "distance_error", "loss_final", "test_accuracy_final")),
            ("trajectories", ("h_initial", "h_final", "h_predicted", "y_final", "fit_rmse", "eta_h", "eta_y",
                              "loss_final", "test_loss_final", "test_accuracy_final"))):
        if not os.path.exists(os.path.join(HERE, f"mnist-training-{name}.csv")):
            continue
        row = load(f"mnist-training-{name}.csv")[0]
        table(f"Digits, {name}, n = {row['n']}", [[metric, spread(row, metric)] for metric in metrics])


def trials(work, name, program):
    """The metrics of every trial of a sweep; nothing where it has not been run."""
    sweep = os.path.join(work, name + ".sweep")
    if not os.path.exists(sweep):
        return []
    lines = subprocess.run([program, "export", sweep, "--format", "csv"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return list(csv.DictReader(lines))


def networks(work, program):
    """What single networks do: how often h falls, and how far the fit errs."""
    def row(found):
        errors = [float(trial["fit_rmse"]) for trial in found if trial["fit_rmse"]]
        return [str(len(found)),
                str(sum(float(trial["h_final"]) < float(trial["h_initial"]) for trial in found)),
                str(sum(error > 0.05 for error in errors)), str(len(found) - len(errors)),
                short(max(errors)) if errors else "—"]

    rows = []
    for setting in [row["setting"] for row in load("two-point.csv")]:
        found = trials(work, f"two-point-{setting}", program)
        rows += [[setting] + row(found)] if found else []
    found = trials(work, "lazy-to-rich", program)
    for gain in sorted({trial["gain"] for trial in found}, key=float):
        rows.append([f"lazy-to-rich, gain {float(gain):g}"] + row([t for t in found if t["gain"] == gain]))
    table("Networks, of which h falls, the fit errs by more than 0.05, it has none; largest error", rows)


def training(work):
    program = os.environ.get("CRITSWEEP", "critsweep")
    table("Two points, as in the specs", settings(load("two-point.csv")))
    table("Two points, width 100", settings(load("width-100/two-point.csv")))
    row = load("two-point-alternatives.csv")[0]
    table("Equations: eta_h × 1000, eta_y × 1000, fit_sse", [
        [label, spread(row, "eta_h" + name, 1e3), spread(row, "eta_y" + name, 1e3), spread(row, "fit_sse" + name)]
        for label, name in (("the theory", ""), ("h′ doubled", "_doubled_representation"),
                            ("sign of the second term of w′", "_flipped_alignment"),
                            ("y′ doubled", "_doubled_output"),
                            ("y′ without its second term", "_encoderless_output"))])
    table("Layers: h at the start and the end, ratio, eta_h × 1000, eta_y × 1000, fit_rmse", [
        [row["layer"], spread(row, "h_initial_layer"), spread(row, "h_final_layer"),
         short(number(row, "h_final_layer_mean") / number(row, "h_initial_layer_mean")),
         spread(row, "eta_h_layer", 1e3), spread(row, "eta_y_layer", 1e3), spread(row, "fit_rmse_layer")]
        for row in load("two-point-depth-layers.csv")])
    rich_structure()
    table("Blobs with a context: relevant at start and end, irrelevant at start and end, loss", [
        [name] + [spread(load(f"orthogonal-{name}.csv")[0], metric) for metric in (
            "relevant_share_initial", "relevant_share_final", "irrelevant_share_initial",
            "irrelevant_share_final", "loss_final")] for name in ("high", "low", "very-low")])
    digits()
    table("Gain × depth, width 100", [
        [f"{float(row['gain']):g}", row["depth"], spread(row, "h_initial"), spread(row, "h_final"),
         spread(row, "h_predicted"), spread(row, "fit_rmse")]
        for row in load("lazy-to-rich.csv") if row["width"] == "100"])
    networks(work, program)
    corners(work, program)


if __name__ == "__main__":
    wish = sys.argv[1:]
    if wish == ["critical"]:
        critical()
    elif wish[:1] == ["training"] and len(wish) <= 2:
        try:
            training(wish[1] if len(wish) == 2 else "reproduce")
        except FileNotFoundError as problem:
            sys.exit(f"tables.py: there is no {problem.filename}; put critsweep on PATH or into CRITSWEEP")
    else:
        sys.exit(__doc__.strip())
