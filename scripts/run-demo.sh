#!/usr/bin/env bash
# Starts the demo with the built command: what `make run` ends with.
#
# usage: run-demo.sh [OPTION]...    options of `postseal demo`. POSTSEAL: the command, .build/release/postseal by default
set -euo pipefail
cd "$(dirname "$0")/.."
postseal=${POSTSEAL:-.build/release/postseal}

[[ -x $postseal ]] || { echo "run-demo: $postseal is not built; run 'make build'" >&2; exit 1; }
exec "$postseal" demo "$@"
