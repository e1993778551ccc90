# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Each public header compiles alone, and twice; and they do in an unusual order. Headers in detail/ belong to the public
# ones and to the bodies that include them first.
file(GLOB_RECURSE public_headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include"
     "${PROJECT_SOURCE_DIR}/include/corochain/*.hpp")
list(FILTER public_headers EXCLUDE REGEX "/detail/")
set(header_sources)
foreach(header IN LISTS public_headers)
  string(REPLACE "/" "." name "${header}")
  set(source "${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "#include <@header@>\n#include <@header@>\n" @ONLY)
  list(APPEND header_sources "${source}")
endforeach()
add_library(header_tests OBJECT ${header_sources} "${CMAKE_CURRENT_SOURCE_DIR}/headers/own_chain_first.cpp")
target_link_libraries(header_tests PRIVATE corochain::corochain corochain::testing)
set_target_properties(header_tests PROPERTIES CXX_EXTENSIONS OFF UNITY_BUILD OFF)
corochain_warnings(header_tests)
# Only whether they compile is of interest.
target_compile_options(header_tests PRIVATE -O0 -g0)
# Most of the time is spent on this header. A header that uses it without including it is found by the build of each
# file alone.
corochain_precompile(header_tests <corochain/core/awaitable.hpp>)

# Builds what has changed since, so that `ctest` alone never reports on old headers.
add_test(NAME header_tests
         COMMAND "${CMAKE_COMMAND}" --build "${PROJECT_BINARY_DIR}" --config $<CONFIG> --target header_tests)
set_tests_properties(header_tests PROPERTIES LABELS headers TIMEOUT 1200 RESOURCE_LOCK build_tree)

# The umbrella stays light: no Beast, no OpenSSL, no JSON parser behind it.
add_test(NAME light_header
         COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/headers/light_header.py" "${bare_compiler}"
         COMMAND_EXPAND_LISTS)
set_tests_properties(light_header PROPERTIES LABELS headers TIMEOUT 120)

# All sources of a library as one file: names local to two files do not clash, whatever is compiled together.
set(whole_flags -fsyntax-only -Wall -Wextra -Wshadow -DBOOST_ASIO_NO_DEPRECATED "-I${PROJECT_SOURCE_DIR}/src")
if(COROCHAIN_WERROR)
  list(APPEND whole_flags -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND whole_flags -Wno-restrict -Wno-subobject-linkage) # see cmake/warnings.cmake and cmake/fast_build.cmake
endif()
foreach(library IN ITEMS corochain corochain_testing)
  get_target_property(sources ${library}_objects SOURCES)
  list(TRANSFORM sources REPLACE "^(.+)$" "#include \"\\1\"")
  list(JOIN sources "\n" text)
  set(whole "${CMAKE_CURRENT_BINARY_DIR}/headers/whole_${library}.cc")
  file(CONFIGURE OUTPUT "${whole}" CONTENT "@text@\n" @ONLY)
  add_test(NAME whole_${library} COMMAND "${bare_compiler}" ${whole_flags} "${whole}" COMMAND_EXPAND_LISTS)
  set_tests_properties(whole_${library} PROPERTIES LABELS headers TIMEOUT 300)
endforeach()
