#!/usr/bin/env bash
# Everything that must hold, in the order in which it is cheap to find out. Ends with a line `N passed, N failed`.
#
# usage: test.sh    With CI=true nothing may be skipped: absent suites and missing peers are failures.
# FUZZ_SECONDS: new inputs for each fuzz target, under AddressSanitizer; by default none. FuzzReplayTests, of the unit tests, have
# the seeds and findings.
# TEST_SECONDS: for all unit tests, 2400 by default. POSTSEAL_SUITES: where the public suites are.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
passed=0
failed=0
skipped=0
failures=()

stage() { printf '\n== %s (%s)\n' "$*" "$(date -u +%H:%M:%S)"; }
pass() { passed=$((passed + ${1:-1})); }
fail() { failed=$((failed + ${2:-1})); failures+=("$1"); }
# Runs a command and counts it as one test.
one() { local name=$1; shift; if "$@"; then pass; else fail "$name"; fi; }
finish() {
    stage "sum"
    for name in "${failures[@]}"; do printf 'failed: %s\n' "$name"; done
    ((skipped == 0)) || printf '%d skipped; with CI=true these would be failures\n' "$skipped"
    mkdir -p .build
    printf '%d passed, %d failed\n' "$passed" "$failed" | tee .build/test-summary
    ((failed == 0))
    exit
}

stage "form"
one "lint" scripts/lint.sh

stage "build, warnings are errors"
if swift build --build-tests --explicit-target-dependency-import-check error; then
    pass
else
    fail "build"
    finish
fi

stage "unit tests, conformance, tidy"
report=.build/test-report
rm -f "$report"*.xml
# A test that waits for what never comes must not hold up the rest for ever.
# Servers under test share event loops: with two of them, a test that is busy would keep the others waiting.
export NIO_SINGLETON_GROUP_LOOP_COUNT=16
if timeout --kill-after=60 "${TEST_SECONDS:-2400}" swift test --skip-build --parallel --xunit-output "$report.xml" 2>&1 | scripts/quiet-tests.sh; then run=0; else run=1; fi
read -r total bad < <(scripts/count-tests.sh "$report"*.xml)
pass $((total - bad))
((bad == 0)) || fail "$bad unit tests" "$bad"
# A run that breaks off says nothing of the tests it did not get to.
((run == 0 || bad > 0)) || fail "the test run ended early"
((total > 0)) || fail "no test ran"

stage "the command, optimised"
if scripts/build.sh; then
    pass
    one "make samples" scripts/run-samples.sh
    one "make run's day" scripts/run-demo.sh --once --milter tcp:127.0.0.1:0 --http tcp:127.0.0.1:0
else
    fail "release build"
fi

stage "integration"
export POSTSEAL=$PWD/.build/release/postseal
for scenario in Integration/*/run; do
    [[ -x $scenario ]] || continue
    name=$(basename "$(dirname "$scenario")")
    printf -- '-- %s\n' "$name"
    status=0
    "$scenario" || status=$?
    case $status in
        0) pass ;;
        77) if [[ ${CI:-} == true ]]; then fail "integration $name was skipped"; else skipped=$((skipped + 1)); fi ;;
        *) fail "integration $name" ;;
    esac
done

if ((${FUZZ_SECONDS:-0} > 0)); then
    stage "fuzz targets"
    log=$(mktemp)
    scripts/fuzz.sh "$FUZZ_SECONDS" 2>&1 | tee "$log"
    good=$(grep -c '^fuzz: .*no finding$' "$log")
    bad=$(grep -c '^fuzz: .*FAILED' "$log")
    rm -f "$log"
    pass "$good"
    ((bad == 0)) || fail "$bad fuzz targets" "$bad"
    ((good + bad > 0)) || fail "no fuzz target was built"
fi

if [[ -x Benchmarks/check-instructions.sh ]]; then
    stage "instructions against thresholds"
    one "instruction thresholds" Benchmarks/check-instructions.sh
fi
finish
