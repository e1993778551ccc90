# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Public, because what links to a sanitized library has to be sanitized too; in the build tree only, so that an
# installed package never asks it of its users.
function(corochain_sanitize target)
  if(NOT COROCHAIN_SANITIZE)
    return()
  endif()
  set(flags -fsanitize=${COROCHAIN_SANITIZE} -fno-omit-frame-pointer)
  if(COROCHAIN_SANITIZE MATCHES "undefined")
    # The check of virtual pointers opens a pipe for each look at memory, so it reports errors that are none when a test
    # has used up the open files; what it would find, AddressSanitizer finds as well.
    list(APPEND flags -fno-sanitize-recover=undefined -fno-sanitize=vptr)
  endif()
  if(COROCHAIN_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns of every std::atomic_thread_fence under this sanitizer, and Asio has some.
    list(APPEND flags -Wno-tsan)
  endif()
  target_compile_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags}>")
  target_link_options(${target} PUBLIC "$<BUILD_INTERFACE:-fsanitize=${COROCHAIN_SANITIZE}>")
endfunction()

# UBSan's checks of each pointer for null and alignment take a third of the time in which GCC compiles a test. The tests
# and the examples, and the templates that they instantiate, do without them. The library and clang have them.
# AddressSanitizer finds null pointers as well.
# Call this when the target has its libraries: the flag has to stand behind theirs.
function(corochain_sanitize_less target)
  if(NOT COROCHAIN_SANITIZE MATCHES "undefined" OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  if(NOT TARGET corochain_fewer_checks)
    add_library(corochain_fewer_checks INTERFACE)
    target_compile_options(corochain_fewer_checks INTERFACE -fno-sanitize=null,alignment)
  endif()
  target_link_libraries(${target} PRIVATE corochain_fewer_checks)
endfunction()
