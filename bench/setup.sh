#!/usr/bin/env bash
# Installs what is measured beside Huntgroup and is none of its dependencies: Portkey's gateway from npm, into a folder of its own outside of
# this one, and, where this is Debian and one may, nginx and HAProxy. Whatever is missing in the end is left out of the bench, which says so.
set -euo pipefail

home="${HUNTGROUP_BENCH_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/huntgroup-bench}"
mkdir -p "$home"
[ -f "$home/package.json" ] || echo '{ "private": true }' > "$home/package.json"
# Its install scripts serve its development.
npm install --prefix "$home" --ignore-scripts --omit=dev --no-audit --no-fund @portkey-ai/gateway@1.15.2

if command -v nginx > /dev/null && command -v haproxy > /dev/null; then
  exit 0
elif [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  apt-get update
  # They are run as plain processes by the bench, not as services of this machine.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx-light haproxy
else
  echo "nginx and HAProxy are not installed: apt-get install nginx-light haproxy" >&2
fi
