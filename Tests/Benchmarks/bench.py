#!/usr/bin/env python3
"""Measures our kernels beside their peers, interleaved in one run, and writes docs/performance.md.

    bench.py PROGRAM PYTHON OUTPUT [--rounds N] [--only CASE,...]

PROGRAM is SweepBenchmarks, PYTHON one that has the peers. Every process is pinned to the same core
and has one thread; CPU time is measured, not wall time. A round runs every case of ours and of the
peers once, in turn, so that whatever else the machine does meets all of them alike. Reported are
medians over the rounds with the quartiles, and the median of the rounds' own ratios.
"""

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys

FLOORS = ["fma-double", "fma-single", "erf-double", "erf-single", "normals-double",
          "normals-single", "noise", "read", "read-write"]
# Name of the row, our case, peer, its case, target.
ROWS = [
    ("HMC gradient, P 12, N 500, L 3, f64", "gradient-double", "torch", "gradient-double", 13),
    ("the same", "gradient-double", "jax", "gradient-double", 8),
    ("single-precision panels, f64 algebra", "gradient-single", "torch", "gradient-double", None),
    ("the same", "gradient-single", "jax", "gradient-double", None),
    ("HMC iteration, f64", "iteration-double", "torch", "iteration-double", None),
    ("HMC iteration, f32 panels", "iteration-single", "torch", "iteration-double", None),
    ("gradient, P 100, N 2000, L 2, f64", "large-double", "torch", "large-double", 4.5),
    ("the same", "large-double", "jax", "large-double", None),
    ("gradient, P 100, N 2000, L 2, f32 panels", "large-single", "torch", "large-double", None),
    ("weight-space Langevin step, N 500, L 3, P 12, f32", "langevin-single", "torch",
     "langevin-single", 5),
    ("tilted expectations, P 12, 16,384 draws, f64", "tilted-double", "numpy", "tilted-double", 16),
    ("the same from 8,192 draws, since φ is odd", "tilted-half", "numpy", "tilted-double", 28),
    ("SGD step, 500 x 20, P 2, f32", "sgd-single", "torch", "sgd-single", 8),
]
SINGLE = {"gradient-single", "iteration-single", "large-single", "langevin-single", "sgd-single"}
# Seconds that one measurement takes, at least.
SLICE = 0.05


class Side:
    """A process that is asked for cases, one at a time."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.repetitions = {}

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"bench.py: {self.process.args} ended at: {line}")
        return answer.strip()

    def measure(self, case):
        if case not in self.repetitions:
            once = float(self.ask(f"{case} 1").split()[0])
            self.repetitions[case] = max(1, round(SLICE / max(once, 1e-7)))
        return [float(x) for x in self.ask(f"{case} {self.repetitions[case]}").split()]


def spread(values):
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return statistics.median(ordered), ordered[quarter], ordered[-1 - quarter]


def shown(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def machine():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return model


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def fit(points):
    """Least squares of cost = a N P^2 L + b P^3 L + c P N L, all relative; the largest deviation."""
    import numpy as np

    terms = np.array([[L * N * P * P, L * P ** 3, L * N * P] for P, N, L, _ in points], float)
    cost = np.array([c for *_, c in points])
    found, *_ = np.linalg.lstsq(terms / cost[:, None], np.ones(len(cost)), rcond=None)
    return found, np.abs(terms @ found / cost - 1).max()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("python")
    arguments.add_argument("output")
    arguments.add_argument("--rounds", type=int, default=11)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--family", default="auto")
    options = arguments.parse_args()
    only = [c for c in options.only.split(",") if c]
    rows = [r for r in ROWS if not only or r[1] in only]

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    here = os.path.dirname(os.path.abspath(__file__))
    ours = Side([options.program, options.family])
    peers = {name: Side([options.python, os.path.join(here, "peers.py"), name])
             for name in sorted({r[2] for r in rows})}
    family = ours.ask("family")
    check_file = os.path.join(os.path.dirname(options.program), "check.bin")
    ours.ask(f"check {check_file}")
    checks = {name: side.ask(f"check {check_file}") for name, side in peers.items()
              if name != "numpy"}
    versions = {name: side.ask("version") for name, side in peers.items()}

    cases = FLOORS + sorted({r[1] for r in rows})
    if not only:
        cases.append("trial")
    times = {case: [] for case in cases}
    amounts = {}
    peer_times = {(r[2], r[3]): [] for r in rows}
    for number in range(options.rounds):
        for case in cases:
            seconds, *rest = ours.measure(case)
            times[case].append(seconds)
            amounts[case] = rest
            for peer, peer_case in {(r[2], r[3]) for r in rows if r[1] == case}:
                peer_times[peer, peer_case].append(peers[peer].measure(peer_case)[0])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)

    median = {case: statistics.median(values) for case, values in times.items()}
    flops_rate = {False: amounts["fma-double"][0] / median["fma-double"],
                  True: amounts["fma-single"][0] / median["fma-single"]}
    function_time = {False: median["erf-double"] / 1024, True: median["erf-single"] / 1024}
    bandwidth = amounts["read-write"][1] / median["read-write"]

    def floor(case):
        flops, size, functions, *_ = amounts[case]
        single = case in SINGLE
        time = flops / flops_rate[single] + functions * function_time[single]
        if case == "langevin-single":
            time += (500 * 100 + 2 * 500 * 500 + 500) * median["noise"] / 1024
        if case.startswith("iteration"):
            kind = "normals-single" if single else "normals-double"
            time += 3 * 12 * 500 * median[kind] / 1024
        if case == "sgd-single":
            # One read and one read-write pass; the arithmetic hides behind them.
            return median["read"] + median["read-write"]
        return time

    out = []
    say = out.append
    say("# Performance")
    say("")
    say("Written by `make bench` ([how](../Tests/Benchmarks/README.md), [notes](performance-notes.md)).")
    say("")
    say(f"- {datetime.date.today()}, commit {output_of('git', 'rev-parse', '--short', 'HEAD')}"
        + (" with changes" if output_of("git", "status", "--porcelain", "-uno") else ""))
    say(f"- {machine()}, {os.cpu_count()} CPUs, Linux {platform.release().split('-')[0]}; kernels"
        f" `{family}`" + ("" if "avx512" in family else "; the AVX-512 kernels were not measured:"
                          " this CPU has no AVX-512"))
    say("- " + (output_of("swift", "--version").splitlines() or ["swift"])[0])
    say("- " + ", ".join(versions.values()) + f", Python {platform.python_version()}; one thread each")
    say(f"- CPU time, medians of {options.rounds} interleaved rounds, in brackets the quartiles; load"
        f" of the machine meanwhile {os.getloadavg()[2]:.1f}")
    say("")
    say("The same U and gradient, relative difference (U, largest entry of the gradient): "
        + "; ".join(f"{name} {value.replace(' ', ', ')}" for name, value in checks.items()) + ".")
    say("")
    say("| what | ours | peer | ratio | wanted | floor | of the floor |")
    say("|---|---|---|---|---|---|---|")
    for name, case, peer, peer_case, wanted in rows:
        mine, low, high = spread(times[case])
        theirs, peer_low, peer_high = spread(peer_times[peer, peer_case])
        ratios = [a / b for a, b in zip(peer_times[peer, peer_case], times[case])]
        ratio, ratio_low, ratio_high = spread(ratios)
        least = floor(case)
        say(f"| {name} | {shown(mine)} [{shown(low)}, {shown(high)}]"
            f" | {peer} {shown(theirs)} [{shown(peer_low)}, {shown(peer_high)}]"
            f" | **{ratio:.1f}** [{ratio_low:.1f}, {ratio_high:.1f}]"
            f" | {wanted or '—'} | {shown(least)}"
            f" | {mine / least:.2f} |")
    say("")
    say("Wanted: the ratio that was set as a target for this family of kernels, — where there is none.")
    say("")
    say("The floor of a row is its multiply-adds at the rate of the bare loop below plus its"
        " activations (and normals) at the rate of the bare function; for the SGD step, one read pass"
        " plus one read-write pass over as many bytes as the weights have. All in this run.")
    say("")
    say("| row | flops | activations | bytes |")
    say("|---|---|---|---|")
    for case in sorted({r[1] for r in rows}):
        flops, size, functions, *_ = amounts[case]
        say(f"| {case} | {flops:.3g} | {functions:.3g} | {size:.3g} |")
    say("")
    say("| floor | measured |")
    say("|---|---|")
    say(f"| multiply-add, f64 / f32 | {flops_rate[False] / 1e9:.1f} / {flops_rate[True] / 1e9:.1f} GFLOP/s |")
    say(f"| erf with slope, f64 / f32 | {shown(function_time[False])} / {shown(function_time[True])} an element |")
    say(f"| normals, f64 / f32 | {shown(median['normals-double'] / 1024)} / {shown(median['normals-single'] / 1024)} each |")
    say(f"| noise (f32, ARS-7) | {shown(median['noise'] / 1024)} each |")
    say(f"| read / read and write | {amounts['read'][1] / median['read'] / 1e9:.1f} / {bandwidth / 1e9:.1f} GB/s |")
    say("")

    if not only:
        effective = amounts["trial"][2]
        each = median["trial"] / effective
        step = statistics.median(peer_times["torch", "langevin-single"])
        say("## CPU per effective sample")
        say("")
        say(f"One trial of the panel-(a) case (P 12, N 500, L 3, g 1.2, κ 0.001) takes"
            f" {shown(median['trial'])} and has {effective:.0f} effective samples of the least effective"
            f" of U and all CKA, burn-in included: {shown(each)} each. Langevin dynamics in PyTorch takes"
            f" {shown(step)} a step. At η = 0.001 an effective sample of the output kernel's CKA takes about"
            " 1,600 steps, and the chain is biased by more than a tenth; a bias below 2 % asks for"
            " η = 1.4e-5, and the number of steps grows as 1/η: about 1.1e5 (scaled, not run)."
            f" That is {shown(step * 1.1e5)} an effective sample, {step * 1.1e5 / each:,.0f} times ours.")
        say("")
        say("## Exponents")
        say("")
        say("One gradient, against L (a N P² + b P³ + c N P):")
        say("")
        points = []
        for P, N, L in [(12, 500, 1), (12, 500, 3), (12, 500, 6), (12, 2000, 2), (12, 10000, 2),
                        (50, 500, 2), (50, 2000, 2), (50, 10000, 2), (100, 500, 2), (100, 2000, 2),
                        (100, 10000, 2), (250, 1000, 2), (500, 1000, 2), (1000, 1500, 2)]:
            case = f"gradient:{P}:{N}:{L}"
            seconds = statistics.median(ours.measure(case)[0] for _ in range(3))
            points.append((P, N, L, seconds))
        found, worst = fit(points)
        say("| P | N | L | CPU | of the fit |")
        say("|---|---|---|---|---|")
        for P, N, L, seconds in points:
            law = L * (found[0] * N * P * P + found[1] * P ** 3 + found[2] * N * P)
            say(f"| {P} | {N} | {L} | {shown(seconds)} | {seconds / law:.2f} |")
        say("")
        say(f"a = {found[0] * 1e9:.3g} ns, b = {found[1] * 1e9:.3g} ns, c = {found[2] * 1e9:.3g} ns"
            f" (activations and memory); largest deviation {100 * worst:.0f} %.")
        say("")
    with open(options.output, "w", encoding="utf-8") as file:
        file.write("\n".join(out))
    print("\n".join(out))


main()
