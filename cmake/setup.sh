#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Installs what corochain is built with, where it is missing. Safe to repeat, and quick when all is there.
# usage: setup.sh [tests] [peers] [clang] [libc++]
set -euo pipefail

missing=()   # packages to install
by_hand=()   # what they are for, where there is no apt

# need <package> <what it is> <test...>
need() {
  local package=$1 what=$2
  shift 2
  if ! "$@"; then
    missing+=("$package")
    by_hand+=("$what")
  fi
}
has() { command -v "$1" >/dev/null 2>&1; }
header() { [[ -e /usr/include/$1 || -e /usr/local/include/$1 || -n $(compgen -G "/usr/include/*/$1") ]]; }
boost_is_new_enough() {
  local file version
  for file in /usr/local/include/boost/version.hpp /usr/include/boost/version.hpp; do
    [[ -e $file ]] || continue
    version=$(sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$file")
    ((version >= 108100)) && return 0
  done
  return 1
}
clang_is_there() { has "clang++-$1" && [[ -n $(compgen -G "/usr/lib/llvm-$1/lib/clang/*/lib/*/libclang_rt.asan*") ]]; }

need g++ "a C++20 compiler (g++ 11 or later)" has g++
need cmake "CMake 3.22 or later" has cmake
need ninja-build "Ninja, or make" eval "has ninja || has make"
need ccache "ccache (optional)" has ccache
need pkg-config "pkg-config" has pkg-config
need python3 "Python 3.9 or later" has python3
need ca-certificates "the system's CA certificates" test -e /etc/ssl/certs/ca-certificates.crt
need libssl-dev "OpenSSL 3 with headers" header openssl/ssl.h
need nlohmann-json3-dev "nlohmann/json 3.11 or later" header nlohmann/json_fwd.hpp
need boost "Boost 1.81 or later, headers" boost_is_new_enough

for set in "$@"; do
  case $set in
    tests) need libgtest-dev "GoogleTest" header gtest/gtest.h ;;
    peers)  # run by tests/peers with settings of their own; the system's services are not needed
      need nginx "nginx" test -x /usr/sbin/nginx
      need tinyproxy-bin "tinyproxy" test -x /usr/bin/tinyproxy
      ;;
    clang)
      if clang_is_there 19; then
        echo "setup: clang 19 is there"
      elif clang_is_there 16; then
        echo "setup: clang 16 is there"
      else
        missing+=(clang)
        by_hand+=("clang 16 or later with its sanitizer runtime")
      fi
      ;;
    libc++)  # the oldest that is supported
      need clang-16 "clang 16" has clang++-16
      need libc++-16-dev "libc++ 16" test -e /usr/lib/llvm-16/include/c++/v1/version
      need libc++abi-16-dev "libc++abi 16" test -e /usr/lib/llvm-16/lib/libc++abi.so
      need googletest "the sources of GoogleTest" test -e /usr/src/googletest/CMakeLists.txt
      ;;
    *)
      echo "setup: no set '$set'; there are: tests peers clang libc++" >&2
      exit 2
      ;;
  esac
done

if ((${#missing[@]} == 0)); then
  echo "setup: nothing is missing"
  exit 0
fi
if ! has apt-get; then
  echo "setup: this is not Debian or Ubuntu; install by hand:" >&2
  printf '  %s\n' "${by_hand[@]}" >&2
  exit 1
fi

as_root=()
if ((EUID != 0)); then
  if ! has sudo; then
    echo "setup: neither root nor sudo; as root, install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null; }
# Whether apt knows a version of the package to install.
available() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[^\(]* ]]; }

# Prints the first of several packages that apt has.
first_available() {
  local package
  for package in "$@"; do
    if available "$package"; then
      echo "$package"
      return 0
    fi
  done
  return 1
}

echo "setup: missing: ${missing[*]}"
apt update
packages=()
for package in "${missing[@]}"; do
  case $package in
    boost)
      if ! package=$(first_available libboost1.81-dev libboost1.83-dev libboost1.88-dev libboost1.90-dev); then
        echo "setup: this system's packages have no Boost 1.81 or later; install its headers by hand" >&2
        exit 1
      fi
      packages+=("$package")
      ;;
    clang)
      for version in 19 16; do
        available "clang-$version" && available "libclang-rt-$version-dev" && break
        version=none
      done
      if [[ $version == none ]]; then
        echo "setup: this system's packages have neither clang 19 nor clang 16" >&2
        exit 1
      fi
      echo "setup: clang will be clang $version"
      packages+=("clang-$version" "libclang-rt-$version-dev")
      ;;
    *) packages+=("$package") ;;
  esac
done

# Debian's libboost-dev is Boost 1.74 and would have to go for libboost1.81-dev: its owner decides that, not we.
plan=$(LC_ALL=C apt-get -s install --no-install-recommends "${packages[@]}" 2>&1) || {
  echo "setup: apt cannot install ${packages[*]}:" >&2
  echo "$plan" >&2
  exit 1
}
removed=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$plan")
if [[ -n $removed ]]; then
  echo "setup: installing ${packages[*]} would remove:" >&2
  printf '%s\n' "$removed" >&2
  echo "setup: nothing was installed. If that is all right: apt-get install ${packages[*]}" >&2
  exit 1
fi
# A server is installed for its program: it is not to be started, on whatever port, because tests were run.
policy=/usr/sbin/policy-rc.d
if [[ " ${missing[*]} " == *" nginx "* && ! -e $policy ]]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi
apt install -y --no-install-recommends --no-remove "${packages[@]}"
echo "setup: installed ${packages[*]}"
