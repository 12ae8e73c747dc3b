#!/bin/bash
# failed-files.sh LOG: the test files that failed in a log of ava, one per line. ava names a test "daemon › rpc › calls › TITLE",
# and a file that crashed or took too long by its path; it leaves out the directory that all of a run lie in.
set -u
cd "$(dirname "$0")/.."

# file_of TITLE: the test file that a test's full title begins with.
file_of() {
  local path= part file
  while IFS= read -r part; do
    path=${path:+$path/}$part
    for file in "$path" "conformance/$path"; do
      if [ -f "$file.test.ts" ]; then echo "$file.test.ts"; return; fi
    done
  done < <(sed 's/ › /\n/g' <<<"$1")
}

{
  sed -nE 's/^ *✘ \[fail\]: //p' "$1" | while IFS= read -r title; do file_of "$title"; done
  grep -E '^ *(✘|!) .*(exited|Timed out|timed out|No tests|Uncaught|Failed)' "$1" | grep -oE '[a-z0-9/-]+\.test\.ts'
  # Pending tests are listed by file after a time-out.
  sed -nE 's/^ *◌ //p' "$1" | while IFS= read -r title; do file_of "$title"; done
} | sort -u
