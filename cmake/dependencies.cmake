# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Boost's own package file, not CMake's old search module, which knows only the Boost of its day. The version is what
# keeps a 1.74 beside it (Debian's default) from being taken.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
