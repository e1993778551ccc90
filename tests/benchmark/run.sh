#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds the benchmarks (preset `benchmark`: g++ -O2) and runs them: each figure with its budget beside it, as a table
# and, in build/benchmark/results.json, as JSON. The server runs on core 0, the client on core 1: keep both idle.
# usage: tests/benchmark/run.sh [--quick] [--only WORD] [--json FILE] [--check]
#   --quick   a few seconds, to check that everything works: the figures mean nothing
#   --only    cpu syscalls allocations wall streams big process four steps batches reconnect memory endless or compile
#   --check   exit with 1 if a budget is broken, and name it at the end; without it a broken budget is only printed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/steps.sh

quick=no only= json=build/benchmark/results.json arguments=() check=() status=0
while (($#)); do
  case $1 in
    --quick) quick=yes arguments+=("$1") ;;
    --only) only=$2 arguments+=("$1" "$2") && shift ;;
    --json) json=$2 && shift ;;
    --check) check=("$1") ;;
    *) sed -n '5,10s/^# //p' "$0" && exit 2 ;;
  esac
  shift
done

# corochain would read the whole trust store that these name. The floor trusts only its server.
unset SSL_CERT_FILE SSL_CERT_DIR
directory=build/benchmark
build_with benchmark "$directory" "corochain_benchmark corochain_benchmark_server" \
  -DCMAKE_CXX_COMPILER="${CXX:-$(find_gcc)}"
if [[ $only != compile ]]; then
  step "measuring"
  "$directory/tests/benchmark/corochain_benchmark" "$directory/tests/benchmark/corochain_benchmark_server" \
    "${arguments[@]}" "${check[@]}" --json "$json" || status=$?
fi
if [[ -z $only || $only == compile ]]; then
  step "measuring compile times"
  repeat=5
  [[ $quick == no ]] || repeat=1
  python3 tests/benchmark/compile_time.py --build "$directory" --repeat "$repeat" --json "${json%.json}-compile.json" \
    "${check[@]}" || status=$?
fi
exit "$status"
