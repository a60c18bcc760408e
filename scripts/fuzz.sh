#!/usr/bin/env bash
# Runs the fuzz targets: first the seeds and all earlier findings, then new inputs for some seconds.
#
# usage: fuzz.sh [SECONDS [TARGET]...]    seconds for each target (0: replay alone); all targets if none is named
# Prints a line for each target, and ends with 1 if one failed; the input is kept below .build/fuzz-findings.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
table=Fuzz/Sources/FuzzTargets/FuzzTarget.swift
if ((${#targets[@]} == 0)); then
    mapfile -t targets < <(sed -n 's/^    "\([a-z0-9-]*\)": \.[a-z]*(fuzz.*/\1/p' "$table")
fi
((${#targets[@]})) || { echo "fuzz: there are no targets in $table" >&2; exit 1; }

scratch=$PWD/.build/fuzz
findings=$PWD/.build/fuzz-findings
mkdir -p "$findings"
# Given twice, --sanitize keeps the last alone, and without coverage libFuzzer is blind: the compiler gets both at once.
swift build --package-path Fuzz --scratch-path "$scratch" -c release --product Fuzz \
    --sanitize=fuzzer -Xswiftc -sanitize=fuzzer,address
fuzzer=$scratch/release/Fuzz
# The backtracer would take the crash from libFuzzer before the input is written down.
export SWIFT_BACKTRACE=enable=no
# LeakSanitizer does not see pointers in Swift's enums, whose spare bits hold the case, and takes globals for lost.
export ASAN_OPTIONS=detect_leaks=0

failed=0
for target in "${targets[@]}"; do
    known=()
    for folder in "Fuzz/Corpus/$target" "Fuzz/FailCases/$target"; do [[ -d $folder ]] && known+=("$folder"); done
    fresh=$(mktemp -d)
    log=$findings/$target.log
    run() { POSTSEAL_FUZZ_TARGET=$target "$fuzzer" -artifact_prefix="$findings/$target-" "$@" >"$log" 2>&1; }
    good=1
    # Every seed and finding once; then new inputs, kept apart from the repository's.
    run -runs=0 "${known[@]}" || good=0
    if ((good && seconds > 0)); then
        run -max_total_time="$seconds" -timeout=10 -max_len=4096 "$fresh" "${known[@]}" || good=0
        if grep -q 'Is the code instrumented for coverage' "$log"; then good=0; fi
    fi
    rm -rf "$fresh"
    if ((good)); then
        runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log" | tail -n 1)
        printf 'fuzz: %s: %s runs, no finding\n' "$target" "${runs:-?}"
    else
        failed=1
        tail -n 25 "$log"
        printf 'fuzz: %s: FAILED, see %s\n' "$target" "$log"
    fi
done
exit "$failed"
