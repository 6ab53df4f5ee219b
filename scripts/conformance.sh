#!/usr/bin/env bash
# Runs Connect's official conformance suite against this server: three protocols, two codings, HTTP/1.1, HTTP/2 and TLS.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

# The runner is a tool of the Go client's module, and the types of its messages are generated beside it.
scripts/interop-setup.sh --check go
tsc --project test/conformance
.interop/bin/connectconformance --mode server --conf test/conformance/config.yaml -p 8 --max-servers 3 -- node test/conformance/main.ts
