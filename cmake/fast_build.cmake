# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Most of a build's time goes into Asio's headers and templates, which each file pays for anew. Files that are compiled
# together pay once: the library takes a third of the time. tests/benchmark/build_time.py measures it.
option(COROCHAIN_FAST_BUILD "Compile files together and precompile headers; OFF compiles each file alone" ON)

# corochain_fast_build(<target> <files> [<folder> <files>]...)
# Compiles the target's files together, <files> at a time. Files whose path holds /<folder>/ are compiled by themselves
# and in a number of their own. The numbers bound the memory of a compiler: 1.5 GB at most, also with sanitizers and
# debug information.
# CMAKE_UNITY_BUILD_BATCH_SIZE, where it is set, goes before them; 0 makes one batch of all.
function(corochain_fast_build target files)
  if(NOT COROCHAIN_FAST_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD OFF DISABLE_PRECOMPILE_HEADERS ON)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
  # GCC warns of types without linkage outside of the file that it was started with, which in a unity build is never
  # ours. Clang warns when a function's variable has the name of a function of another file in the batch.
  # The build of each file alone has both warnings.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>
                                           $<$<CXX_COMPILER_ID:Clang>:-Wno-shadow>)
  if(DEFINED CMAKE_UNITY_BUILD_BATCH_SIZE)
    return()
  endif()

  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  get_target_property(rest ${target} SOURCES)
  set(folders ${ARGN})
  while(folders)
    list(POP_FRONT folders folder folder_files)
    set(sources ${rest})
    list(FILTER sources INCLUDE REGEX "/${folder}/")
    list(FILTER rest EXCLUDE REGEX "/${folder}/")
    corochain_unity_batches(${target}_${folder} ${folder_files} ${sources})
  endwhile()
  corochain_unity_batches(${target} ${files} ${rest})
endfunction()

# corochain_precompile(<target> <header>...), or REUSE_FROM <target> for one with the same flags.
function(corochain_precompile target)
  # A launcher that we have not set up, such as ccache, may refuse what is compiled with a precompiled header.
  if(NOT COROCHAIN_FAST_BUILD OR (CMAKE_CXX_COMPILER_LAUNCHER AND NOT COROCHAIN_OWN_LAUNCHER))
    return()
  endif()
  if(ARGV1 STREQUAL "REUSE_FROM")
    target_precompile_headers(${target} REUSE_FROM ${ARGV2})
  else()
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
  if(COROCHAIN_OWN_LAUNCHER)
    # ccache looks through a precompiled header only with these.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                                             "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
endfunction()

# Neighbours stay together, because they use the same templates.
function(corochain_unity_batches name files)
  list(LENGTH ARGN count)
  if(count EQUAL 0)
    return()
  endif()
  math(EXPR batches "(${count} + ${files} - 1) / ${files}")
  set(index 0)
  foreach(source IN LISTS ARGN)
    math(EXPR batch "${index} * ${batches} / ${count}")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP ${name}_${batch})
    math(EXPR index "${index} + 1")
  endforeach()
endfunction()
