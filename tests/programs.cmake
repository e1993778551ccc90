# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Programs of a folder. They link the static libraries, because they reach private symbols of src/.
function(corochain_private_program name folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  if(NOT sources)
    message(FATAL_ERROR "corochain: tests/${folder} has no sources")
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE corochain_static corochain_testing_static OpenSSL::SSL OpenSSL::Crypto)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${CMAKE_CURRENT_SOURCE_DIR}")
  # As in the library: the private headers have to mean the same here.
  target_compile_definitions(${name} PRIVATE BOOST_ASIO_NO_DEPRECATED)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  corochain_warnings(${name})
  if(COROCHAIN_CCACHE)
    # What ccache needs to look through a precompiled header.
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                                           "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
endfunction()

# Programs of GoogleTest; the folder is the label of their tests.
function(corochain_test_program name folder)
  corochain_private_program(${name} ${folder})
  target_link_libraries(${name} PRIVATE GTest::gtest_main GTest::gtest)
  set(time_limit 120)
  if(folder STREQUAL "threads")
    set(time_limit 300) # tens of thousands of calls, which ThreadSanitizer makes ten times as long
  endif()
  # Found before the tests run, not while building: a sanitizer may need settings that only ctest's preset gives.
  # Functions of shared libraries are bound at the start: the loader saves the processor's registers on the stack
  # when it binds one later, and with them what was copied last; tests search the memory for secrets.
  gtest_discover_tests(${name} TEST_PREFIX "${folder}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
                               WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                               PROPERTIES TIMEOUT ${time_limit} LABELS ${folder} ENVIRONMENT "LD_BIND_NOW=1")
endfunction()

corochain_test_program(unit_tests unit)
corochain_test_program(integration_tests integration)
corochain_test_program(peers_tests peers)
corochain_test_program(threads_tests threads)
target_precompile_headers(unit_tests PRIVATE <gtest/gtest.h> <corochain/corochain.hpp>)
target_precompile_headers(integration_tests REUSE_FROM unit_tests)
target_precompile_headers(peers_tests REUSE_FROM unit_tests)
target_precompile_headers(threads_tests REUSE_FROM unit_tests)

# tests/soak/run.sh builds and runs it.
corochain_private_program(soak soak)
set_target_properties(soak PROPERTIES EXCLUDE_FROM_ALL ON)
