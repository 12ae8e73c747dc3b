#!/bin/bash
# test.sh: sets the machine up, then runs every check: types, lint, format, and all tests. Ends with one line
# "N passed, N failed" (a check of the whole tree counts as one) and exits with 0 only when nothing failed.
#
# Three files run at a time: many tests wait for containers and machines. The Debian roots that conformance tests need are made
# while the tests beside the code run. What failed is printed once more at the end.
set -u
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}" HOME="${HOME:-/root}" LC_ALL=C.UTF-8
exec </dev/null
[ -t 1 ] || export NO_COLOR=1 FORCE_COLOR=0

logs=$(mktemp -d /tmp/lxvirtd-test.XXXXXX)
passed=0 failed=0 failures=()

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

# tests NAME AVA-ARGUMENTS...: runs test files. Those that fail are run once more, one at a time, and it is said that they were:
# containers are slow to stop on a machine that has too much to do, and a failure that stays is none of that kind.
tests() {
  local name=$1 log=$logs/$1 bad=0 files=()
  shift
  if ! step "$name" timeout 1500 ava "$@"; then
    mapfile -t files < <(scripts/failed-files.sh "$log")
    if [ ${#files[@]} -gt 0 ]; then
      echo "== $name: failed once, run again alone: ${files[*]}"
      log=$logs/$name-again
      step "$name-again" timeout 1500 ava --concurrency=1 --timeout=5m "${files[@]}" && unset 'failures[-1]' || bad=1
    else
      bad=1
    fi
    # Crashes, time-outs and files without tests fail a run without a failed test.
    [ $bad = 0 ] || failed=$((failed + $(grep -c '✘ \[fail\]' "$log" | sed 's/^0$/1/')))
  fi
  passed=$((passed + $(grep -c '✔' "$logs/$name")))
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
tests unit --concurrency=3 '{protocol,daemon,drivers,native,certs}/**/*.test.ts'
wait
# One measures how long clients wait while others attack, the other sees devices of the whole host come and go: nothing else
# may be in their way.
alone=(conformance/hostile-transports.test.ts conformance/compare.test.ts)
tests conformance --concurrency=3 --timeout=5m 'conformance/**/*.test.ts' "${alone[@]/#/!}"
tests alone --concurrency=1 --timeout=5m "${alone[@]}"
finish
