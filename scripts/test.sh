#!/bin/bash
# test.sh: sets the machine up, then runs every check: types, lint, format, and all tests. Ends with one line
# "N passed, N failed" (a check of the whole tree counts as one) and exits with 0 only when nothing failed.
#
# Tests beside the code run two files at a time; conformance tests wait for real systems and run one at a time. The Debian
# roots that they need are made meanwhile. What failed is printed once more at the end.
set -u
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}" HOME="${HOME:-/root}" LC_ALL=C.UTF-8
exec </dev/null
[ -t 1 ] || export NO_COLOR=1 FORCE_COLOR=0

logs=$(mktemp -d /tmp/lxvirtd-test.XXXXXX)
passed=0 failed=0 failures=()

# count WORDS: the number before WORDS in ava's closing summary of the log on stdin.
count() {
  sed -nE "s/^ *([0-9]+) ($1)\$/\1/p" | tail -n 1 | grep . || echo 0
}

# step NAME COMMAND...: runs a check, shows and keeps its output.
step() {
  local name=$1 began=$SECONDS
  shift
  echo "== $name"
  if "$@" 2>&1 | tee "$logs/$name"; [ "${PIPESTATUS[0]}" = 0 ]; then
    echo "== $name: passed in $((SECONDS - began)) s"
    return 0
  fi
  echo "== $name: failed after $((SECONDS - began)) s"
  failures+=("$name")
  return 1
}

check() {
  if step "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

tests() {
  local name=$1 bad
  step "$@"
  local status=$?
  passed=$((passed + $(count 'tests? passed' <"$logs/$name")))
  bad=$(count 'tests? failed' <"$logs/$name")
  # Crashes, time-outs and files without tests fail a run without a failed test.
  [ $status != 0 ] && [ "$bad" = 0 ] && bad=1
  failed=$((failed + bad))
}

# The part of a log that explains the failure: what ava prints after its list of tests, or the end.
explanation() {
  awk '/^  ─/ { found = 1 } found' "$1" | grep . || tail -n 40 "$1"
}

finish() {
  local name
  for name in "${failures[@]}"; do
    echo "== $name failed:"
    explanation "$logs/$name"
  done
  if [ "$failed" = 0 ]; then rm -rf "$logs"; else echo "Full output: $logs"; fi
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
  exit
}

if ! step setup sh scripts/setup.sh --for test; then
  failed=1
  finish
fi

for suite in bookworm trixie bullseye; do nice scripts/debian-root.sh "$suite" || exit; done >"$logs/roots" 2>&1 &

check types tsc --noEmit
check lint oxlint --type-aware
check format prettier --check --log-level warn .
tests unit timeout 600 ava --concurrency=2 '{protocol,daemon,drivers,native,certs}/**/*.test.ts'
wait
tests conformance timeout 900 ava --concurrency=1 --timeout=5m 'conformance/**/*.test.ts'
finish
