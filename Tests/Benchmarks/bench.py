#!/usr/bin/env python3
"""Measures our kernels beside their peers, interleaved in one run, and writes docs/performance.md.

    bench.py PROGRAM PYTHON OUTPUT [--rounds N] [--only CASE,...] [--family NAME] [--keep-memory]

PROGRAM is SweepBenchmarks, PYTHON one that has the peers. Every process is pinned to the same core and
has one thread; CPU time is measured, not wall time. Each case of a peer has a process of its own, since
what its allocator does depends on what the process did before. A round runs every case of ours and of
the peers once, in turn, so that whatever else the machine does meets all of them alike. Reported are
medians over the rounds with the quartiles, and the median of the rounds' own ratios. At the end stands
which rows meet their targets. With --keep-memory the peers' allocator gives nothing back to the system;
as it comes, PyTorch's large tensors can be new pages at every step. With any of --only, --family and
--keep-memory the page is shown and not written.
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
# Name of the row, our case, peer, its case, ratio wanted with vectors of four doubles (AVX2), with those
# of eight (AVX-512). Where there is a target for AVX-512 only, AVX2 has 0.65 of it beside PyTorch and
# 0.67 beside JAX, as in the first two rows.
ROWS = [
    ("HMC gradient, P 12, N 500, L 3, f64", "gradient-double", "torch", "gradient-double", 13, 20),
    ("the same", "gradient-double", "jax", "gradient-double", 8, 12),
    ("single-precision panels, f64 algebra", "gradient-single", "torch", "gradient-double", 23.4, 36),
    ("the same", "gradient-single", "jax", "gradient-double", 14, 21),
    ("HMC iteration, f64", "iteration-double", "torch", "iteration-double", 15.6, 24),
    ("HMC iteration, f32 panels", "iteration-single", "torch", "iteration-double", 26, 40),
    ("gradient, P 100, N 2000, L 2, f64", "large-double", "torch", "large-double", 4.5, 4.5),
    ("the same", "large-double", "jax", "large-double", None, None),
    ("the same", "large-double", "blas", "large-double", None, None),
    ("gradient, P 100, N 2000, L 2, f32 panels", "large-single", "torch", "large-double", None, None),
    ("weight-space Langevin step, N 500, L 3, P 12, f32", "langevin-single", "torch",
     "langevin-single", 5, 5),
    ("tilted expectation of 16,384 draws, P 12, f64, from its 8,192 pairs", "tilted-pairs", "numpy",
     "tilted", 16, 16),
    ("training step 500 x 20, P 2, f32", "train-500", "torch", "train-500", 8, 8),
    ("training step 50 x 20, P 2, f32", "train-50", "torch", "train-50", 40, 40),
    ("mini-batch of 64, 784-200x4-10, f32", "train-784", "torch", "train-784", 3, 3),
    ("mini-batch of 64, 27-100x4-1, f32", "train-27", "torch", "train-27", 3, 3),
]
# Not a row: every draw computed, mirror images too.
NOTE = ("tilted-all", "numpy", "tilted")
# A case that is to stay within so many times its floor.
FLOOR_LIMITS = {"train-500": 1.25}
# The least ratio of CPU for an effective sample of the output kernel's CKA.
SAMPLE_TARGET = 500_000
SINGLE = {"gradient-single", "iteration-single", "large-single", "langevin-single", "train-500",
          "train-50", "train-784", "train-27"}
# Seconds that one measurement takes, at least.
SLICE = 0.05
# glibc's allocator that keeps its memory: nothing is trimmed, nothing mapped.
KEPT = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)}


class Side:
    """A process that is asked for cases, one at a time."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        self.repetitions = {}

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"bench.py: {self.process.args} ended at: {line}")
        return answer.strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait()

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
    arguments.add_argument("--keep-memory", action="store_true")
    options = arguments.parse_args()
    only = [c for c in options.only.split(",") if c]
    unknown = set(only) - {r[1] for r in ROWS}
    if unknown:
        sys.exit(f"bench.py: no case {', '.join(sorted(unknown))}; there are "
                 + ", ".join(dict.fromkeys(r[1] for r in ROWS)))
    if options.rounds < 1:
        sys.exit("bench.py: --rounds is at least 1")
    rows = [r for r in ROWS if not only or r[1] in only]

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    here = os.path.dirname(os.path.abspath(__file__))
    ours = Side([options.program, options.family])
    pairs = {(r[1], r[2], r[3]) for r in rows}
    if any(r[1] == "tilted-pairs" for r in rows):
        pairs.add(NOTE)
    environment = KEPT if options.keep_memory else None
    peers = {of: Side([options.python, os.path.join(here, "peers.py"), of[0]], environment)
             for of in sorted({pair[1:] for pair in pairs})}
    names = sorted({name for name, _ in peers})
    family = ours.ask("family")
    check_file = os.path.join(os.path.dirname(options.program), "check.bin")
    ours.ask(f"check {check_file}")
    tilted_file = os.path.join(os.path.dirname(options.program), "check-tilted.bin")
    ours.ask(f"check-tilted {tilted_file}")
    checks, versions = {}, {}
    for name in names:
        side = Side([options.python, os.path.join(here, "peers.py"), name])
        checks[name] = side.ask(f"check {tilted_file if name == 'numpy' else check_file}")
        versions[name] = side.ask("version")
        side.end()
    for name, value in checks.items():
        if not max(float(v) for v in value.split()) < 1e-12:
            sys.exit(f"bench.py: {name} computes something else, by {value}")
    is_wide = "avx512" in family

    cases = FLOORS + sorted({r[1] for r in rows})
    if NOTE in pairs:
        cases.append(NOTE[0])
    if not only:
        cases.append("trial")
    times = {case: [] for case in cases}
    amounts = {}
    peer_times = {case: [] for case in pairs}
    for number in range(options.rounds):
        for case in cases:
            seconds, *rest = ours.measure(case)
            times[case].append(seconds)
            amounts[case] = rest
            for pair in sorted(p for p in pairs if p[0] == case):
                peer_times[pair].append(peers[pair[1:]].measure(pair[2])[0])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)

    median = {case: statistics.median(values) for case, values in times.items()}
    flops_rate = {False: amounts["fma-double"][0] / median["fma-double"],
                  True: amounts["fma-single"][0] / median["fma-single"]}
    function_time = {False: median["erf-double"] / 1024, True: median["erf-single"] / 1024}
    bandwidth = amounts["read-write"][1] / median["read-write"]

    def floor(case):
        flops, size, functions, *_ = amounts[case]
        single = case in SINGLE
        if case == "train-500":
            # One read and one read-write pass over its weights; the arithmetic hides behind them.
            return (median["read"] / amounts["read"][1] + median["read-write"] / amounts[
                "read-write"][1] * 2) * size / 3
        if case.startswith("train"):
            # leaky_relu costs nothing beside the rest.
            return flops / flops_rate[single]
        time = flops / flops_rate[single] + functions * function_time[single]
        if case == "langevin-single":
            time += (500 * 100 + 2 * 500 * 500 + 500) * median["noise"] / 1024
        if case.startswith("iteration"):
            kind = "normals-single" if single else "normals-double"
            time += 3 * 12 * 500 * median[kind] / 1024
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
    compared = {"numpy": "moments, fraction of weights"}
    say("The same results, largest relative difference: "
        + "; ".join(f"{name} {value.replace(' ', ', ')} ({compared.get(name, 'U, gradient')})"
                    for name, value in checks.items()) + ".")
    say("")
    say("| what | ours | peer | ratio | wanted | with AVX-512 | met | floor | of the floor"
        " | ratio at the floor |")
    say("|---|---|---|---|---|---|---|---|---|---|")
    met, missed, above = [], [], ""

    def judge(name, is_met, text):
        (met if is_met else missed).append(f"{name}: {text}")
        return "yes" if is_met else "no"

    for name, case, peer, peer_case, narrow, wide in rows:
        mine, low, high = spread(times[case])
        theirs, peer_low, peer_high = spread(peer_times[case, peer, peer_case])
        ratio, ratio_low, ratio_high = spread(
            [a / b for a, b in zip(peer_times[case, peer, peer_case], times[case])])
        least = floor(case)
        above = above if name == "the same" else name
        label = f"{above} ({peer})"
        wanted, verdict = wide if is_wide else narrow, "—"
        if wanted and family != "reference":
            verdict = judge(label, ratio >= wanted, f"{ratio:.1f}, wanted {wanted}; at the floor"
                            f" it would be {theirs / least:.1f}")
        if case in FLOOR_LIMITS and family != "reference":
            limit = FLOOR_LIMITS[case]
            verdict += ", floor " + judge(
                label, mine / least <= limit, f"{mine / least:.2f} of the floor, wanted {limit}")
        say(f"| {name} | {shown(mine)} [{shown(low)}, {shown(high)}]"
            f" | {peer} {shown(theirs)} [{shown(peer_low)}, {shown(peer_high)}]"
            f" | **{ratio:.1f}** [{ratio_low:.1f}, {ratio_high:.1f}]"
            f" | {narrow or '—'} | {wide or '—'} | {verdict} | {shown(least)}"
            f" | {mine / least:.2f} | {theirs / least:.1f} |")
    say("")
    say("Wanted: the ratio that is the target with AVX2, and beside it with AVX-512"
        + ("." if is_wide else ", which cannot be measured on this CPU.")
        + " Gradients and iterations with f32 panels are compared with the peer's f64. "
        + ("The peers' allocator gives nothing back." if options.keep_memory else
           "PyTorch is as it comes, and large tensors can be new pages at every step. What it takes with"
           " an allocator that keeps memory is in the [notes](performance-notes.md) (`--keep-memory`)."))
    say("")
    if NOTE in pairs:
        ratio, low, high = spread([a / b for a, b in zip(peer_times[NOTE], times[NOTE[0]])])
        say("φ is odd, so that draws z and −z have the same terms and the theory computes one of them;"
            f" numpy computes all. With all draws computed here too: {shown(median[NOTE[0]])}, ratio"
            f" {ratio:.1f} [{low:.1f}, {high:.1f}], {median[NOTE[0]] / floor(NOTE[0]):.2f} of the floor.")
        say("")
    say("The floor of a row is its multiply-adds at the rate of the bare loop below plus its"
        " activations (and normals) at the rate of the bare function; for the training step 500 x 20, one"
        " read pass plus one read-write pass over as many bytes as the weights have (wanted: at most"
        f" {FLOOR_LIMITS['train-500']} times that). All in this run. The ratio at the floor is that of a"
        " program which did nothing else.")
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
        step = statistics.median(peer_times["langevin-single", "torch", "langevin-single"])
        gain = step * 1.1e5 / each
        judge("CPU per effective sample", gain >= SAMPLE_TARGET,
              f"{gain:,.0f}, wanted {SAMPLE_TARGET:,}")
        say("## CPU per effective sample")
        say("")
        say(f"One trial of the panel-(a) case (P 12, N 500, L 3, g 1.2, κ 0.001) takes"
            f" {shown(median['trial'])} and has {effective:.0f} effective samples of the least effective"
            f" of U and all CKA, burn-in included: {shown(each)} each. Langevin dynamics in PyTorch takes"
            f" {shown(step)} a step. At η = 0.001 an effective sample of the output kernel's CKA takes about"
            " 1,600 steps, and the chain is biased by more than a tenth; a bias below 2 % asks for"
            " η = 1.4e-5, and the number of steps grows as 1/η: about 1.1e5 (scaled, not run)."
            f" That is {shown(step * 1.1e5)} an effective sample, {gain:,.0f} times ours (wanted:"
            f" {SAMPLE_TARGET:,}).")
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
    say("## Targets")
    say("")
    say(f"{len(met)} of {len(met) + len(missed)} are met." + ("" if missed else " None is missed."))
    if missed:
        say("Missed:")
        say("")
        for line in missed:
            say(f"- {line}")
    say("")
    print("\n".join(out))
    if only or options.family != "auto" or options.keep_memory:
        print(f"A part of the rows, another family or another allocator: {options.output} stays"
              " as it is.", file=sys.stderr)
        return
    with open(options.output, "w", encoding="utf-8") as file:
        file.write("\n".join(out))


main()
