#!/usr/bin/env bash
# Fails when proto/ breaks callers of the last release. Before the first release, compares with the contract as it was first committed.
set -euo pipefail
cd "$(dirname "$0")/.."
base=$(git describe --tags --match 'v*' --abbrev=0 2>/dev/null || git log --diff-filter=A --format=%H -- proto/huntgroup/v1/chat.proto | tail -n 1)
if [ -z "$base" ]; then
  echo "proto/ is not committed yet: nothing to compare with"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git archive "$base" proto buf.yaml | tar -x -C "$work"
buf breaking . --against "$work"
echo "proto/ breaks nothing since $base"
