# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Our own warnings, never a user's: they are private to the target.
function(corochain_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Clang counts sign changes as -Wconversion, GCC does not: one rule for both.
    target_compile_options(${target} PRIVATE -Wno-sign-conversion)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # False alarms on `"text" + std::string` (GCC bug 105651), and in unity builds on coroutine frames' own
      # operator new.
      target_compile_options(${target} PRIVATE -Wno-restrict -Wno-mismatched-new-delete)
    endif()
    if(COROCHAIN_SANITIZE)
      # A sanitizer's extra branches confuse GCC's flow analysis, about coroutine frames' own operator new, too.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
    endif()
  endif()
  if(COROCHAIN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
