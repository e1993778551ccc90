#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds the fuzzers, replays the seeds of each, and searches for new inputs.
# usage: tests/fuzz/run.sh [seconds for each target, default 10; 0 only replays] [target...]
# Inputs that fail are kept and named; other new inputs are discarded. COROCHAIN_FUZZ_KEEP may name a directory
# where new inputs are kept from one run to the next, for a long search.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec </dev/null
source cmake/steps.sh

seconds=${1:-10}
[[ $seconds =~ ^[0-9]+$ ]] || {
  sed -n '5,9s/^# //p' "${BASH_SOURCE[0]}"
  exit 2
}
targets=("${@:2}")
if ((${#targets[@]} == 0)); then
  for seeds in tests/fuzz/corpus/*/; do
    targets+=("$(basename "$seeds")")
  done
fi
for target in "${targets[@]}"; do
  [[ -e tests/fuzz/$target.cpp ]] || {
    echo "there is no fuzzer '$target' in tests/fuzz"
    exit 2
  }
done

build_with fuzz build/fuzz "${targets[*]/#/fuzz_}" -DCMAKE_CXX_COMPILER="$(find_clang)"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
failures=build/fuzz/failures
mkdir -p "$failures"
failed=()

# fuzz <target> <name of the log> <argument>...: shows the output of a failed run.
fuzz() {
  local target=$1 log=$scratch/$1-$2.log
  shift 2
  build/fuzz/tests/fuzz/"fuzz_$target" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$failures/$target-" "$@" \
    >"$log" 2>&1 || {
    tail -n 60 "$log"
    return 1
  }
  tail -n 1 "$log"
}

for target in "${targets[@]}"; do
  step "fuzzing $target"
  seeds=tests/fuzz/corpus/$target
  new=${COROCHAIN_FUZZ_KEEP:-$scratch}/$target
  mkdir -p "$new"
  fuzz "$target" replay -runs=0 "$seeds" || {
    failed+=("$target")
    continue
  }
  ((seconds == 0)) || fuzz "$target" search -max_total_time="$seconds" -max_len=4096 "$new" "$seeds" || failed+=("$target")
done

step "in short"
if ((${#failed[@]} > 0)); then
  echo "FAILED: ${failed[*]}; the inputs are in $failures"
  exit 1
fi
echo "${#targets[@]} fuzzers found nothing"
