#!/usr/bin/env bash
# Prepares .interop/ for the tests with foreign clients (test/interop, test/clients): Python's packages in an environment of their own,
# grpcurl and the Go client, both with code generated from proto/, Java's libraries with protoc, and what Rust's client is built of. For the
# tests of deploy/ (test/deploy) it builds helm from source and installs linters from Python's packages. The clients of the matrix in
# docs/clients.md have environments of their own. It skips what is done already.
#
#   scripts/interop-setup.sh                 prepares all of it; fails when a toolchain is missing, after doing the rest. Java's and Rust's
#                                            may be missing: only two snippets of docs/clients.md need them
#   scripts/interop-setup.sh --check PART    prints what is wrong and exits 1 when that part (python, go, java, rust, linters, helm,
#                                            python-clients or node-clients) is not ready
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/.interop
export PATH="$PWD/node_modules/.bin:$PATH"

# A digest of everything that a part is made from, and of how. A part is ready when its stamp has this digest.
digest() {
  { "$1_inputs"; declare -f "setup_$1"; } | git hash-object --stdin
}
# Prints names too, because a renamed file makes a renamed module.
with_names() {
  local file
  for file in "$@"; do
    echo "$file"
    cat "$file"
  done
}
python_inputs() {
  python3 --version
  with_names test/interop/python/requirements.txt proto/huntgroup/v1/*.proto
}
go_inputs() {
  go version
  with_names proto/huntgroup/v1/*.proto test/interop/go/* test/conformance/buf.gen.yaml
}
java_inputs() {
  java -version 2>&1
  cat test/interop/java/pom.xml
}
rust_inputs() {
  cargo --version
  cat test/interop/rust/*
}
python-clients_inputs() {
  python3 --version
  cat test/clients/matrix/python/requirements*.txt
}
node-clients_inputs() {
  cat test/clients/matrix/node/package-lock.json
}
linters_inputs() {
  python3 --version
  cat test/deploy/tools/requirements.txt
}
helm_inputs() {
  go version
  cat test/deploy/tools/go.mod test/deploy/tools/go.sum
}

setup_python() {
  local venv=$out/python
  # Always made from nothing, because an environment of another Python cannot be repaired.
  rm -rf "$venv" "$out/python-gen"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement test/interop/python/requirements.txt
  mkdir -p "$out/python-gen"
  "$venv/bin/python" -m grpc_tools.protoc --proto_path=proto \
    --python_out="$out/python-gen" --grpc_python_out="$out/python-gen" proto/huntgroup/v1/*.proto
}

setup_go() {
  # The client is built from a copy, so that its generated code never lies among the sources.
  rm -rf "$out/go"
  mkdir -p "$out/go" "$out/bin"
  cp test/interop/go/* "$out/go/"
  # grpcurl and the code generators are tools of the module, so go.sum pins them too.
  (cd "$out/go" && GOBIN="$out/bin" go install tool)
  PATH="$out/bin:$PATH" buf generate proto --template test/interop/go/buf.gen.yaml --path proto/huntgroup --output "$out/go"
  (cd "$out/go" && go build -o "$out/bin/go-client" .)
  # The messages of the conformance suite, whose runner is a tool of the module (scripts/conformance.sh).
  local suite
  suite=$(cd "$out/go" && go list -m -f '{{.Dir}}' connectrpc.com/conformance)
  rm -rf "$out/conformance"
  buf generate "$suite/proto" --template test/conformance/buf.gen.yaml --output "$out/conformance"
}

setup_java() {
  local java=$out/java platform
  case "$(uname -s)-$(uname -m)" in
    Darwin-*) platform=osx-universal_binary ;;
    *-aarch64 | *-arm64) platform=linux-aarch_64 ;;
    *) platform=linux-x86_64 ;;
  esac
  rm -rf "$java"
  mkdir -p "$java/bin" "$java/include"
  mvn --quiet --batch-mode -f test/interop/java/pom.xml dependency:copy-dependencies "-DoutputDirectory=$java/lib" "-Dplatform=$platform"
  mv "$java"/lib/protoc-gen-grpc-java-*.exe "$java/bin/protoc-gen-grpc-java"
  mv "$java"/lib/protoc-*.exe "$java/bin/protoc"
  chmod +x "$java"/bin/*
  # protoc looks for the well-known types in the folder beside its own.
  (cd "$java/include" && jar xf "$java"/lib/protobuf-java-*.jar google/protobuf)
  find "$java/include" -name '*.class' -delete
}

setup_rust() {
  rm -rf "$out/rust"
  mkdir -p "$out/rust/src"
  cp test/interop/rust/* "$out/rust/"
  # All but the client itself, so that a test has only that to build.
  echo 'fn main() {}' | tee "$out/rust/build.rs" >"$out/rust/src/main.rs"
  (cd "$out/rust" && CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR="$out/rust/target" cargo build --quiet --locked)
}

setup_python-clients() {
  local list venv
  rm -rf "$out/python-clients"
  # One for each list, because some clients refuse what others need. The lists are whole, so nothing is to be worked out.
  for list in test/clients/matrix/python/requirements*.txt; do
    venv=$out/python-clients/$(basename "$list" .txt)
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --no-deps --requirement "$list"
  done
}

setup_node-clients() {
  rm -rf "$out/node-clients"
  mkdir -p "$out/node-clients"
  cp test/clients/matrix/node/package*.json .npmrc "$out/node-clients/"
  (cd "$out/node-clients" && npm ci --ignore-scripts --loglevel error)
}

setup_linters() {
  rm -rf "$out/linters"
  python3 -m venv "$out/linters"
  "$out/linters/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement test/deploy/tools/requirements.txt
}

setup_helm() {
  mkdir -p "$out/bin"
  # The compiler takes the time here, not the program: unoptimised and without symbols, the build takes a quarter less.
  (cd test/deploy/tools && GOBIN="$out/bin" go install -gcflags="all=-N -l -dwarf=false" -ldflags="-s -w" tool)
}

# is_current PART COMMAND
is_current() {
  if ! command -v "$2" >/dev/null; then
    case $2 in
      python3 | go) echo "$2 is not installed (on Debian, scripts/ci-install.sh installs it)" ;;
      *) echo "$2 is not installed" ;;
    esac
  elif [ ! -f "$out/$1.stamp" ]; then
    echo "the part \"$1\" of .interop/ is not set up"
  elif [ "$(cat "$out/$1.stamp")" != "$(digest "$1")" ]; then
    echo "the part \"$1\" of .interop/ is out of date"
  else
    return 0
  fi
  return 1
}

# prepare PART COMMAND
prepare() {
  if is_current "$1" "$2" >/dev/null; then
    echo "$1: ready already"
    return 0
  fi
  if ! command -v "$2" >/dev/null; then
    echo "$1: left out, because $2 is not installed" >&2
    return 1
  fi
  echo "$1: setting up (the first time takes a minute or three)"
  mkdir -p "$out"
  rm -f "$out/$1.stamp"
  # In a shell of its own, because `set -e` is off within a condition.
  "$BASH" -c "$(declare -f "setup_$1"); set -euo pipefail; out=\$1; setup_$1" - "$out" || {
    echo "$1: the setup failed" >&2
    return 1
  }
  digest "$1" >"$out/$1.stamp"
  echo "$1: ready"
}

# The same for a part whose toolchain need not be there. prepare_optional PART COMMAND
prepare_optional() {
  local command=$2
  [ "$1" != java ] || ! command -v "$command" >/dev/null || command=mvn
  if command -v "$command" >/dev/null; then
    prepare "$1" "$command"
  else
    echo "$1: LEFT OUT, because $command is not installed: its snippet in docs/clients.md will not be run" >&2
  fi
}

if [ "${1-}" = --check ]; then
  case "${2-}" in
    python) is_current python python3 ;;
    go) is_current go go ;;
    java) is_current java javac && is_current java mvn ;;
    rust) is_current rust cargo ;;
    linters | python-clients) is_current "$2" python3 ;;
    node-clients) is_current node-clients npm ;;
    helm) is_current helm go ;;
    *) echo "usage: $0 [--check python|go|java|rust|linters|helm|python-clients|node-clients]" >&2; exit 2 ;;
  esac
else
  # All at once, because some wait for downloads while others compile.
  parts=()
  prepare python python3 & parts+=($!)
  prepare go go & parts+=($!)
  prepare_optional java javac & parts+=($!)
  prepare_optional rust cargo & parts+=($!)
  prepare linters python3 & parts+=($!)
  prepare helm go & parts+=($!)
  prepare python-clients python3 & parts+=($!)
  prepare node-clients npm & parts+=($!)
  failed=0
  for part in "${parts[@]}"; do
    wait "$part" || failed=1
  done
  exit "$failed"
fi
