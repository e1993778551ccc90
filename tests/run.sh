#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds corochain under AddressSanitizer and UBSan and runs all its tests.
# usage: tests/run.sh [--full] [--only PATTERN] [arguments for ctest]
#   --full   also: all rounds of random tests, each file and each test alone, format, clang with sanitizers,
#            ThreadSanitizer, the shared library, other compilers, libc++, other Boosts. COROCHAIN_BOOST_ROOTS may name
#            Boost installations, separated by colons.
#   --only   the tests of GoogleTest whose Suite.name matches, with * and ?; several patterns are separated by colons
#   Tests run in shards, some hundred in a process; build/asan/tests.txt has a line for each.
#   From nothing, without a compiler cache, it takes 20 minutes on two cores of an AMD EPYC at 2.6 GHz with g++ 12.2.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/steps.sh

full=no
ctest_arguments=()
while (($#)); do
  case $1 in
    --help)
      usage_of tests/run.sh
      exit
      ;;
    --full) full=yes ;;
    --only)
      export GTEST_FILTER=${2:?--only wants a pattern}
      ctest_arguments+=(-L '^(unit|integration|peers|threads)$')
      shift
      ;;
    *) ctest_arguments+=("$1") ;;
  esac
  shift
done
if [[ $full == yes && -n ${GTEST_FILTER:-} ]]; then
  echo "tests/run.sh: --full runs all tests; --only and GTEST_FILTER do not go with it" >&2
  exit 2
fi

# all_with <preset> <arguments for cmake>...: builds everything and runs all tests in the preset's own directory.
all_with() {
  local preset=$1
  shift
  local prefix=()
  [[ $preset != tsan ]] || prefix=(without_randomness)
  build_with "$preset" "build/$preset" all "$@" || return
  step "testing build/$preset"
  local directory=$PWD/build/$preset status=0
  rm -f "$directory/tests.xml"
  "${prefix[@]}" ctest --preset "$preset" --output-on-failure -j "$CTEST_PARALLEL_LEVEL" \
    --output-junit "$directory/tests.xml" "${ctest_arguments[@]}" || status=$?
  [[ ! -e $directory/tests.xml ]] ||
    tests/runner/report.py "$directory/tests.xml" "$directory/tests/results" "build/$preset/tests.txt" || status=1
  return "$status"
}

step "setting up"
cmake/setup.sh tests peers

if [[ $full == no ]]; then
  all_with asan -DCMAKE_CXX_COMPILER="$(find_gcc)"
  exit
fi

export COROCHAIN_ALL_ROUNDS=1
report=()
failed=no
# stage <name> <command>...: notes how it ended, and goes on.
stage() {
  local name=$1
  shift
  if "$@"; then
    report+=("passed   $name")
  else
    report+=("FAILED   $name")
    failed=yes
  fi
}
skip() { report+=("skipped  $1: $2"); }

gcc=$(find_gcc)
stage "g++ ($gcc), AddressSanitizer and UBSan" all_with asan -DCMAKE_CXX_COMPILER="$gcc"

step "checking the format"
if first_of clang-format-19 >/dev/null; then
  stage "format" cmake/check_format.sh
else
  skip "format" "no clang-format-19"
fi

clang=
if cmake/setup.sh clang && clang=$(find_clang); then
  stage "clang ($clang), AddressSanitizer and UBSan" all_with clang-asan -DCMAKE_CXX_COMPILER="$clang"
else
  skip "clang" "neither there nor to be installed"
fi

stage "each file and each test alone" all_with dev
stage "ThreadSanitizer" all_with tsan
stage "shared library" all_with shared

# programs_with <name> <arguments for cmake>...: unit and integration tests only. Warnings of compilers that we do not
# know are no errors.
programs_with() {
  local name=$1
  shift
  build_with dev "build/matrix/$name" "unit_tests integration_tests" -DCOROCHAIN_WERROR=OFF \
    -DCOROCHAIN_FAST_BUILD=ON -DCOROCHAIN_TEST_SHARDS=4 "$@" &&
    run_programs_in "build/matrix/$name"
}
for compiler in g++-{11,12,13,14,15} clang++-{16,17,18,19,20,21}; do
  if [[ $compiler == "$gcc" || $compiler == "$clang" ]]; then
    skip "$compiler" "tested above"
  elif ! command -v "$compiler" >/dev/null; then
    skip "$compiler" "not installed"
  else
    stage "$compiler" programs_with "$compiler" -DCMAKE_CXX_COMPILER="$compiler"
  fi
done
# Another standard library. GoogleTest, of which Debian's was compiled with libstdc++, is compiled for it.
libcxx_with() {
  local made=$PWD/build/matrix/libc++-googletest
  local how=(-DCMAKE_CXX_COMPILER="$1" -DCMAKE_CXX_FLAGS=-stdlib=libc++)
  step "building GoogleTest with libc++"
  cmake -S /usr/src/googletest -B "$made" "${how[@]}" -DBUILD_GMOCK=OFF -DCMAKE_INSTALL_PREFIX="$made/installed" \
    >/dev/null && cmake --build "$made" --target install >/dev/null || return
  programs_with libc++ "${how[@]}" -DGTest_ROOT="$made/installed"
}
if cmake/setup.sh libc++; then
  stage "clang 16 with libc++ 16" libcxx_with clang++-16
else
  skip "clang 16 with libc++ 16" "neither there nor to be installed"
fi
# boost_with <root>: the same with another Boost, and only if it really is that one.
boost_with() {
  local root=$1 directory
  directory=build/matrix/boost-$(basename "$root")
  build_with dev "$directory" "unit_tests integration_tests" -DCOROCHAIN_WERROR=OFF -DCMAKE_PREFIX_PATH="$root" \
    -DCOROCHAIN_FAST_BUILD=ON -DCOROCHAIN_TEST_SHARDS=4 \
    -DBOOST_ROOT="$root" -DBoost_NO_BOOST_CMAKE=ON -DBoost_NO_SYSTEM_PATHS=ON || return
  grep -q "^Boost_\(INCLUDE_DIR\|DIR\):PATH=$root" "$directory/CMakeCache.txt" || {
    echo "$directory was not built with the Boost in $root"
    return 1
  }
  run_programs_in "$directory"
}
IFS=: read -ra boosts <<<"${COROCHAIN_BOOST_ROOTS:-}"
for boost in "${boosts[@]}"; do
  stage "Boost in $boost" boost_with "$boost"
done
if ((${#boosts[@]} == 0)); then
  skip "other versions of Boost" "COROCHAIN_BOOST_ROOTS names none"
fi

step "in short"
printf '  %s\n' "${report[@]}"
[[ $failed == no ]]
