#!/usr/bin/env bash
# Prints how many tests the given xunit files have, and how many of them failed.
set -euo pipefail
total=0
bad=0
for file in "$@"; do
    [[ -f $file ]] || continue
    while read -r line; do
        tests=$(sed -n 's/.* tests="\([0-9]*\)".*/\1/p' <<<"$line")
        failures=$(sed -n 's/.* failures="\([0-9]*\)".*/\1/p' <<<"$line")
        errors=$(sed -n 's/.* errors="\([0-9]*\)".*/\1/p' <<<"$line")
        total=$((total + ${tests:-0}))
        bad=$((bad + ${failures:-0} + ${errors:-0}))
    done < <(grep '<testsuite ' "$file")
done
echo "$total $bad"
