# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Two install components: `corochain`, and `testing` for the test doubles.
include(CMakePackageConfigHelpers)
set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/corochain")

function(corochain_install_library target component export)
  install(TARGETS ${target} EXPORT ${export}
          RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT ${component}
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${component}
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${component})
  install(EXPORT ${export} NAMESPACE corochain:: DESTINATION "${config_dir}" COMPONENT ${component})
endfunction()

corochain_install_library(corochain corochain corochain-targets)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/corochain" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        COMPONENT corochain FILES_MATCHING PATTERN "*.hpp" PATTERN "corochain/testing" EXCLUDE)
# The installed headers know what the library was compiled with: core/detail/asio_switches.hpp compares.
set(built_with "${PROJECT_BINARY_DIR}/corochain_built_with.hpp")
install(CODE "execute_process(COMMAND \"${CMAKE_COMMAND}\" \"-Dnm=${CMAKE_NM}\" \"-Dlibrary=$<TARGET_FILE:corochain>\"
  \"-Dheader=${built_with}\" -P \"${PROJECT_SOURCE_DIR}/cmake/built_with.cmake\")" COMPONENT corochain)
install(FILES "${built_with}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/corochain/core/detail" COMPONENT corochain
        OPTIONAL)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md"
        DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT corochain)
# The guides keep their places, so that links between them and to the examples lead somewhere. Those to the headers
# are made to lead to where the headers are installed.
file(GLOB guides CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include/corochain/*/README.md")
foreach(guide IN LISTS guides)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${guide}")
  get_filename_component(folder "${guide}" DIRECTORY)
  string(REGEX REPLACE "^include" "${CMAKE_INSTALL_INCLUDEDIR}" headers "${folder}")
  file(RELATIVE_PATH headers "/prefix/${CMAKE_INSTALL_DOCDIR}/${folder}" "/prefix/${headers}")
  file(READ "${PROJECT_SOURCE_DIR}/${guide}" page)
  string(REGEX REPLACE "\\]\\(([a-z0-9_./]+\\.hpp)\\)" "](${headers}/\\1)" page "${page}")
  file(WRITE "${PROJECT_BINARY_DIR}/guides/${guide}" "${page}")
  install(FILES "${PROJECT_BINARY_DIR}/guides/${guide}" DESTINATION "${CMAKE_INSTALL_DOCDIR}/${folder}"
          COMPONENT corochain)
endforeach()
# The check of co_await expressions is for programs that are built with g++ 11 or 12.
install(PROGRAMS "${PROJECT_SOURCE_DIR}/cmake/check_co_await_traps.py" DESTINATION "${CMAKE_INSTALL_DATADIR}/corochain"
        COMPONENT corochain)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/cpp_tokens.py" DESTINATION "${CMAKE_INSTALL_DATADIR}/corochain"
        COMPONENT corochain)

if(TARGET corochain_testing)
  corochain_install_library(corochain_testing testing corochain-testing-targets)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/corochain/testing"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/corochain" COMPONENT testing FILES_MATCHING PATTERN "*.hpp")
  # The examples come with what answers them. run.sh builds them in the source tree.
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT testing
          PATTERN "run.sh" EXCLUDE)
endif()

# A static library leaves linking OpenSSL to its user; a shared one has done it.
if(BUILD_SHARED_LIBS)
  set(COROCHAIN_IS_STATIC OFF)
  set(pc_requires "nlohmann_json >= 3.11")
  set(pc_requires_private "openssl >= 3")
else()
  set(COROCHAIN_IS_STATIC ON)
  set(pc_requires "nlohmann_json >= 3.11, openssl >= 3")
  set(pc_requires_private "")
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/corochain-config.cmake.in"
                              "${PROJECT_BINARY_DIR}/corochain-config.cmake"
                              INSTALL_DESTINATION "${config_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/corochain-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/corochain-config.cmake" "${PROJECT_BINARY_DIR}/corochain-config-version.cmake"
        DESTINATION "${config_dir}" COMPONENT corochain)

# pkg-config finds the prefix from where the .pc file lies, so that the tree can be moved.
file(RELATIVE_PATH pc_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
function(corochain_install_pc name component)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
          COMPONENT ${component})
endfunction()

corochain_install_pc(corochain corochain)
if(TARGET corochain_testing)
  corochain_install_pc(corochain-testing testing)
endif()
