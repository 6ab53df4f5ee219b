#!/usr/bin/env bash
# Installs on Debian, as root, what is missing for the tests with foreign clients, of deploy/ and with a browser.
# Elsewhere it says what is missing; those tests then skip themselves.
set -euo pipefail

missing=()
# Debian packages Python's `venv` by itself.
python3 -m venv --help >/dev/null 2>&1 && python3 -m ensurepip --version >/dev/null 2>&1 || missing+=(python3 python3-venv)
command -v go >/dev/null || missing+=(golang-go)
command -v chromium >/dev/null || missing+=(chromium)
# Prometheus's checker of metrics and rules.
command -v promtool >/dev/null || missing+=(prometheus)
# The store of shared limits. Its tests start servers of their own.
command -v redis-server >/dev/null || missing+=(redis-server)
# Some images have no systemd.
command -v systemd-analyze >/dev/null || missing+=(systemd)

if [ "${#missing[@]}" -eq 0 ]; then
  echo "Python, Go, Chromium, promtool, redis-server and systemd-analyze are there"
elif [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet
  apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
else
  echo "missing: ${missing[*]} (these are Debian's package names; as root this script installs them)" >&2
fi
