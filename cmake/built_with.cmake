# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Writes <header> from the symbols of <library>, by <nm>: what Boost and which switches of Asio the library was compiled
# with. Where the symbols cannot be read there is no header, and a program with others is found out by the linker.
# usage: cmake -Dnm=... -Dlibrary=... -Dheader=... -P built_with.cmake
file(REMOVE "${header}")
foreach(symbols IN ITEMS --extern-only --dynamic)
  execute_process(COMMAND "${nm}" --demangle --defined-only ${symbols} "${library}"
                  OUTPUT_VARIABLE listed ERROR_QUIET)
  if(listed MATCHES "_asio_switches_as_corochain\\((corochain::detail::asio_switches<[^\n]*>) ?\\*\\)")
    file(WRITE "${header}" "// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

// Written by cmake/built_with.cmake.
namespace corochain::detail {
using asio_switches_installed = ${CMAKE_MATCH_1};
}
")
    return()
  endif()
endforeach()
message(WARNING "corochain: ${nm} finds no switches of Asio in ${library}; only the linker will compare them")
