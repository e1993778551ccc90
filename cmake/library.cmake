# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# The requirements of using corochain: the same for its objects, the library, and its static or shared twin.
function(corochain_usage target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                              "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PUBLIC ${corochain_boost} nlohmann_json::nlohmann_json Threads::Threads
                                  PRIVATE OpenSSL::SSL OpenSSL::Crypto)
  corochain_sanitize(${target})
endfunction()

# corochain_library(<name> <sources>...)
# Compiles the sources once and makes of them
#   <name>         static or shared, as BUILD_SHARED_LIBS says: what is installed
#   <name>_static  where tests reach private symbols too
#   <name>_shared  where tests cross the border of a shared library
# The last two are built only when something links to them, and one of them is always another name of the first.
function(corochain_library name)
  set(objects ${name}_objects)
  add_library(${objects} OBJECT ${ARGN})
  corochain_usage(${objects})
  corochain_warnings(${objects})
  target_include_directories(${objects} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  # Asio's settings stay with our own files: exported, they would change other people's translation units.
  target_compile_definitions(${objects} PRIVATE BOOST_ASIO_NO_DEPRECATED)
  set_target_properties(${objects} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
                                              CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  corochain_fast_build(${objects} 40 models 20 runnables 20 transport 20)

  add_library(${name} $<TARGET_OBJECTS:${objects}>)
  if(BUILD_SHARED_LIBS)
    set(same shared)
    set(twin static)
  else()
    set(same static)
    set(twin shared)
  endif()
  string(TOUPPER ${twin} type)
  add_library(${name}_${same} ALIAS ${name})
  add_library(${name}_${twin} ${type} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${objects}>)
  foreach(target IN ITEMS ${name} ${name}_${twin})
    corochain_usage(${target})
    # Before 1.0 a new minor version may break the binary interface.
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                                               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  endforeach()
endfunction()
