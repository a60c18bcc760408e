#!/usr/bin/env bash
# Leaves of a test run what a person reads: failures, tallies of the suites, notices, the end. Keeps the exit status of
# the pipe it ends: run it with `set -o pipefail`.
grep --line-buffered -vE '^(◇|✔|↳ Target|\[[0-9]+/[0-9]+\]|Test (Suite|Case) |\t Executed )' || true
