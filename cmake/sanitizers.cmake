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
