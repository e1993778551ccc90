# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""A recipe for the source tree it lies in: `conan create cmake/ports/conan`.

Written by Conan 2's documentation; not tried, for lack of a machine with Conan.
"""
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class Corochain(ConanFile):
    name = "corochain"
    version = "0.1.0"
    description = "Concurrent LLM chains on C++20 coroutines"
    license = "MIT"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "fPIC": [True, False], "testing": [True, False]}
    default_options = {"shared": False, "fPIC": True, "testing": False, "boost/*:header_only": True}
    generators = ("CMakeDeps",)

    def export_sources(self):
        root = Path(self.recipe_folder).parents[2]
        for pattern in ("CMakeLists.txt", "LICENSE", "README.md", "cmake/*", "examples/*", "include/*", "src/*"):
            copy(self, pattern, src=root, dst=self.export_sources_folder)

    def requirements(self):
        self.requires("boost/[>=1.81]", transitive_headers=True)
        self.requires("nlohmann_json/[>=3.11]", transitive_headers=True)
        self.requires("openssl/[>=3 <4]")

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables.update({
            "COROCHAIN_BUILD_TESTS": False, "COROCHAIN_BUILD_EXAMPLES": False,
            "COROCHAIN_INSTALL": True, "COROCHAIN_TESTING": bool(self.options.testing)})
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        # Our own package file serves; Conan is not to make a second one.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["lib/cmake/corochain"]
        self.cpp_info.libs = ["corochain_testing", "corochain"] if self.options.testing else ["corochain"]
