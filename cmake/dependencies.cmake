# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Targets that the surrounding project already has are used as they are, whether found there or built there. A
# second copy, of another version perhaps, would not go into the same program.
if(TARGET Boost::headers)
  set(corochain_boost Boost::headers)
elseif(TARGET Boost::boost)
  set(corochain_boost Boost::boost)
elseif(TARGET Boost::asio AND TARGET Boost::beast)
  set(corochain_boost Boost::asio Boost::beast)
else()
  # Boost's own package file, not CMake's old search module, which knows only the Boost of its day. The version is what
  # keeps a 1.74 beside it (Debian's default) from being taken.
  if(POLICY CMP0167)
    cmake_policy(SET CMP0167 NEW)
  endif()
  find_package(Boost 1.81 REQUIRED)
  set(corochain_boost Boost::headers)
endif()

if(NOT TARGET OpenSSL::SSL OR NOT TARGET OpenSSL::Crypto)
  find_package(OpenSSL 3 REQUIRED)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
  find_package(nlohmann_json 3.11 REQUIRED)
endif()
if(NOT TARGET Threads::Threads)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
endif()
