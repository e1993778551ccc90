#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds the benchmarks (preset `benchmark`: g++ -O2) and runs them: each figure with its budget beside it, as a table
# and, in build/benchmark/results.json, as JSON. Server on core 0, client on core 1: leave both alone meanwhile.
# usage: tests/benchmark/run.sh [--quick] [--only WORD] [--json FILE] [--check]
#   --quick   a few seconds, to see that everything works: the figures mean nothing
#   --only    one of: cpu syscalls allocations wall streams big process four steps batches reconnect memory endless compile
#   --check   exit with 1 if a budget is broken, which is named at the end; without it a broken budget is only printed
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

# A trust store that these name is read as a whole, by corochain alone: the floor trusts nobody but its server.
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
