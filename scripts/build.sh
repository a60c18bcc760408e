#!/usr/bin/env bash
# Builds a product as it is shipped: optimised, and with Swift's own libraries in it, so that it runs where no Swift is
# (docs/decisions/0021-swift-in-the-command.md). All that measure and ship build alike, or each would build all anew.
#
# usage: build.sh [PRODUCT]    postseal by default; it is then below .build/release
set -euo pipefail
cd "$(dirname "$0")/.."
exec ${SWIFT:-swift} build -c release --static-swift-stdlib --product "${1:-postseal}"
