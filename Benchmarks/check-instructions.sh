#!/usr/bin/env bash
# Counts the instructions of some operations under callgrind and holds them against Benchmarks/thresholds.
#
# usage: check-instructions.sh [--write]    --write sets the thresholds to what is counted now, and 5 % more
# The count of one operation is the difference between many and few repetitions, so that the start does not count. Instructions,
# unlike seconds, are the same on a busy machine; they change with the compiler and with the processor's features.
set -euo pipefail
cd "$(dirname "$0")/.."
thresholds=Benchmarks/thresholds
few=50
many=350
scripts/build.sh postseal-bench
bench=$PWD/.build/postseal-bench-stripped
# valgrind 3.19 breaks off at debugging information of this form.
strip -o "$bench" .build/release/postseal-bench
command -v valgrind >/dev/null || { echo "check-instructions: valgrind is not installed" >&2; exit 1; }
# The same order in every hash table, in every run.
export SWIFT_DETERMINISTIC_HASHING=1

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" count "$1" "$2" Examples/samples 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

failed=0
if [[ ${1:-} == --write ]]; then : >"$thresholds.new"; fi
while read -r name limit; do
    [[ -z $name || $name == \#* ]] && { [[ ${1:-} != --write ]] || echo "$name${limit:+ $limit}" >>"$thresholds.new"; continue; }
    each=$((($(count "$name" "$many") - $(count "$name" "$few")) / (many - few)))
    if [[ ${1:-} == --write ]]; then
        echo "$name $((each * 105 / 100))" >>"$thresholds.new"
    fi
    if ((each > limit)) && [[ ${1:-} != --write ]]; then
        failed=1
        printf 'instructions: %s: %d, MORE than %d\n' "$name" "$each" "$limit"
    else
        printf 'instructions: %s: %d of %d\n' "$name" "$each" "$limit"
    fi
done <"$thresholds"
[[ ${1:-} != --write ]] || mv "$thresholds.new" "$thresholds"
exit "$failed"
