# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# An overlay port of the source tree it lies in: `vcpkg install corochain --overlay-ports=cmake/ports/vcpkg`.
# Written by vcpkg's documentation; not tried, for lack of a machine with vcpkg.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS FEATURES testing COROCHAIN_TESTING)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DCOROCHAIN_BUILD_TESTS=OFF -DCOROCHAIN_BUILD_EXAMPLES=OFF -DCOROCHAIN_INSTALL=ON ${FEATURE_OPTIONS})
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/corochain)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share"
     "${CURRENT_PACKAGES_DIR}/share/doc")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
