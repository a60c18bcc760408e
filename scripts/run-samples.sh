#!/usr/bin/env bash
# Checks the sample messages with the built command, and shows how to go on: what `make samples` ends with.
set -euo pipefail
cd "$(dirname "$0")/.."
postseal=${POSTSEAL:-.build/release/postseal}
samples=Examples/samples

[[ -x $postseal ]] || { echo "run-samples: $postseal is not built; run 'make build'" >&2; exit 1; }
shopt -s nullglob
messages=("$samples"/mail/*.eml)
((${#messages[@]})) || { echo "run-samples: there are no messages in $samples/mail" >&2; exit 1; }

# The samples' DNS and envelopes are recorded, so that the verdicts are the same everywhere and need no network.
recorded=(--dns "$samples/dns.json" --envelopes "$samples/envelopes.json" --at 2026-11-02T09:15:00Z)
printf '%s\n\n' "\$ $postseal verify ${recorded[*]} $samples/mail/*.eml"
status=0
"$postseal" verify "${recorded[@]}" "$samples/mail" || status=$?
# 1: a message is bad; 2: one could not be told. Among the samples are such, so both are as they should be.
((status <= 2)) || exit "$status"

cat <<TEXT

One message, with every step and the section of the standard behind it:
  $postseal verify --explain ${recorded[*]} ${messages[0]}
A message of your own, with DNS as it is now:
  $postseal verify --explain --ip 192.0.2.1 --helo mail.example --mail-from you@example.org message.eml
TEXT
