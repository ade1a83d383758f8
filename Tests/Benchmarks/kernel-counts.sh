#!/usr/bin/env bash
# kernel-counts.sh [--write]: counts the instructions of five small kernels (AVX2) with callgrind, and
# compares them with the committed baseline: 5 % more, or a kernel less, fails; 5 % fewer too, so that
# the baseline is renewed (--write). Nothing is timed, so the load of the machine does not matter.
# The counts are those of one compiler: with another one than the baseline's they are shown and not
# judged.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
swift=${SWIFT:-swift}
scratch=$(cd ../.. && pwd)/.bench/build
baseline=kernel-counts.tsv

command -v valgrind >/dev/null || { echo "critsweep: needs valgrind (.ci/packages)" >&2; exit 69; }
"$swift" build --quiet -c release --product kernel-counts --scratch-path "$scratch" >&2
program=$scratch/release/kernel-counts
if ! grep -qw avx2 /proc/cpuinfo; then
    echo "kernel counts: this CPU has no AVX2; nothing to compare"
    exit 0
fi

counts=$(mktemp)
trap 'rm -f "$counts" "$counts".*' EXIT
# Older valgrinds give up at the newer debugging information of the toolchain.
objcopy --strip-debug "$program" "$counts.program"
compiler=$("$swift" --version 2>/dev/null | grep -o 'Swift version [0-9.]*' | head -n 1)
printf 'compiler\t%s\n' "$compiler" >"$counts"
for kernel in forward backward cholesky single dense; do
    valgrind --tool=callgrind --toggle-collect="count_$kernel" --callgrind-out-file="$counts.out" \
        "$counts.program" avx2 >"$counts.log" 2>&1 || { cat "$counts.log" >&2; exit 1; }
    awk -v kernel="$kernel" '/^(summary|totals):/ { print kernel "\t" $2; exit }' "$counts.out" >>"$counts"
done

if [[ ${1:-} == --write ]]; then
    cp "$counts" "$baseline"
    cat "$baseline"
    exit 0
fi
awk -F '\t' '
    NR == FNR { was[$1] = $2; next }
    $1 == "compiler" {
        judged = $2 == was[$1]
        if (!judged) print "kernel counts: baseline is of " was[$1] ", this is " $2 ": not judged"
        next
    }
    {
        seen++
        change = was[$1] > 0 ? 100 * ($2 / was[$1] - 1) : 100
        far = change > 5 || change < -5
        printf "%-10s %9d instructions, baseline %9d (%+.1f %%)%s\n", $1, $2, was[$1], change,
            far ? " OUT OF BOUNDS" : ""
        if (far && judged) failed = 1
    }
    END {
        if (seen != 5) { print "kernel counts: " seen " of 5 kernels were counted"; failed = 1 }
        if (failed) print "kernel counts: if this is meant, renew with Tests/Benchmarks/kernel-counts.sh --write"
        exit failed
    }' "$baseline" "$counts"
