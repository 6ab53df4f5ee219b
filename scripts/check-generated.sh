#!/usr/bin/env bash
# Fails when a generated file is not what its source makes of it. `npm run gen` writes it again.
set -euo pipefail
cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

buf generate --output "$fresh"
diff -r gen "$fresh/gen" || { echo "gen/ is stale: run npm run gen" >&2; exit 1; }
node scripts/lint-config.ts | diff .oxlintrc.json - || { echo ".oxlintrc.json is stale: run npm run gen" >&2; exit 1; }
node scripts/config-schema.ts --check
node scripts/provider-table.ts --check
node scripts/deploy-files.ts --check
echo "generated files are current"
