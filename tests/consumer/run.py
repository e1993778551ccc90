#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Builds and runs a user's program, as a project of its own.

  find_package       installs the current build, moves the installed tree, and finds it with CMake
  pkg_config         the same, and finds it with pkg-config
                     both also build what is installed with it: the examples
  add_subdirectory   takes corochain's source tree into the project
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(*command, env=None, fails=False):
    """Runs a command; with `fails`, one that has to fail. Returns what it wrote."""
    command = [str(word) for word in command]
    print("+", *command, flush=True)
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    print(done.stdout, end="", flush=True)
    if (done.returncode != 0) != fails:
        sys.exit(f"FAILED: ended with {done.returncode}, which was {'' if fails else 'not '}to be a failure")
    return done.stdout


class Consumer:
    def __init__(self, options):
        self.options = options
        self.work = options.build / "consumer" / options.kind
        self.prefix = self.work / "prefix"
        self.flags = ["-O0"]
        if options.sanitize and options.kind != "add_subdirectory":
            # A sanitized library wants sanitized users.
            self.flags.append(f"-fsanitize={options.sanitize}")

    def install(self, *components):
        """Installs into a fresh place, then moves it: nothing in it may remember where it was made."""
        made = self.work / "made"
        for tree in (made, self.prefix):
            shutil.rmtree(tree, ignore_errors=True)
        for component in components:
            run(self.options.cmake, "--install", self.options.build, "--config", self.options.config or "Release",
                "--prefix", made, "--component", component)
        made.rename(self.prefix)
        for file in self.prefix.rglob("*"):
            if file.suffix in (".cmake", ".pc") and str(self.options.source) in file.read_text():
                sys.exit(f"FAILED: {file} names the source tree")

    def configure(self, *more, folder="build", source=None, **how):
        build = self.work / folder
        found_in = ";".join(filter(None, [str(self.prefix), self.options.prefix_path]))
        source = source or HERE / self.options.kind
        return run(self.options.cmake, "-S", source, "-B", build, "-G", self.options.generator,
                   f"-DCMAKE_CXX_COMPILER={self.options.compiler}", f"-DCMAKE_CXX_FLAGS={' '.join(self.flags)}",
                   f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.options.launcher}", "-DCMAKE_BUILD_TYPE=",
                   f"-DCMAKE_PREFIX_PATH={found_in}", *more, **how)

    def build_and_run(self, *programs, folder="build"):
        build = self.work / folder
        run(self.options.cmake, "--build", build, "--target", *programs)
        for program in programs:
            run(build / program)

    def examples(self):
        """The folder of the installed examples."""
        return next(self.prefix.rglob("examples/CMakeLists.txt")).parent

    def compile_examples(self, *flags):
        """Compiles the installed examples as one file, each in a namespace, so that all headers are read once."""
        programs = sorted(self.examples().glob("*.cpp"))
        lines = [line for program in programs for line in program.read_text().splitlines()]
        whole = sorted({line for line in lines if line.startswith("#include ")})
        for number, program in enumerate(programs):
            whole.append(f'namespace example_{number} {{\n#include "{program.name}"\n}}')
        file = self.work / "examples.cpp"
        file.write_text("\n".join(whole) + "\n")
        # An included file is warned of what is fine in a program of its own.
        flags = [*self.flags, *flags, f"-I{self.examples()}"]
        run(self.options.compiler, "-std=c++20", "-fsyntax-only", "-w", *flags, file)
        print(f"{len(programs)} examples compiled")

    def follow_links(self):
        """The links of the installed guides lead to guides, examples and headers that are installed."""
        sys.path.insert(0, str(self.options.source / "cmake"))
        sys.dont_write_bytecode = True
        from check_readme import broken_references
        root = self.examples().parent
        guides = sorted((root / "include").rglob("*.md"))
        broken = [f"{guide}:{line}: {text}" for guide in guides for line, text in broken_references(root, guide)]
        if broken or not guides:
            sys.exit("\n".join(["FAILED: links of the installed guides", *broken]))

    def with_own_targets(self, *more, forms=("aliases", "imported", "boost", "modules")):
        """Configures projects that have the dependencies as targets of their own, each in another form."""
        for form in forms:
            folder = f"with_{form}"
            shutil.rmtree(self.work / folder, ignore_errors=True)
            self.configure(f"-DCONSUMER_TARGETS={form}", *more, folder=folder)
            rules = self.work / folder / "build.ninja"
            for name in ("boost", "nlohmann"):
                if rules.exists() and f"{folder}/own/{name}" not in rules.read_text():
                    sys.exit(f"FAILED: the project's own target of {name} is not used")

    def refuse_other_switches(self):
        """An installed corochain is not compiled with another Boost or other switches of Asio than it was built with."""
        version = self.work / "other_boost" / "boost" / "version.hpp"
        version.parent.mkdir(parents=True, exist_ok=True)
        version.write_text("#include_next <boost/version.hpp>\n#undef BOOST_VERSION\n#define BOOST_VERSION 199900\n")
        roots = [self.prefix, *filter(None, self.options.prefix_path.split(";"))]
        command = [self.options.compiler, "-std=c++20", "-fsyntax-only", *self.flags,
                   *(f"-I{root}/include" for root in roots), HERE / "switches.cpp"]
        for same in ([], ["-DBOOST_ASIO_NO_DEPRECATED"], ["-DNDEBUG", "-DBOOST_ASIO_SEPARATE_COMPILATION"]):
            run(*command, *same)
        for other in (["-DBOOST_ASIO_ENABLE_HANDLER_TRACKING"], ["-DBOOST_ASIO_DISABLE_EPOLL"],
                      ["-DBOOST_ASIO_DISABLE_EVENTFD"], ["-DBOOST_ASIO_DISABLE_THREADS"],
                      ["-DBOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=4"], [f"-I{version.parents[1]}"]):
            said = run(*command, *other, fails=True)
            if "corochain: this file is compiled with another Boost, or with other BOOST_ASIO_* macros" not in said:
                sys.exit("FAILED: the refusal does not say why")

    def link_other_switches(self):
        """A project that compiles its own files with other switches of Asio than corochain's does not link."""
        build = self.work / "build"
        run(self.options.cmake, "--build", build, "--target", "consumer_with_harmless_switches")
        said = run(self.options.cmake, "--build", build, "--target", "consumer_with_other_switches", fails=True)
        wanted = r"compile_with_the_same_boost_and_asio_switches_as_corochain\(.*\bselect\b"
        if not re.search(wanted, said):
            sys.exit("FAILED: the linker does not say why")

    def find_package(self):
        self.install("corochain")
        asked = self.configure("-DCONSUMER_COMPONENTS=testing", fails=True)
        if "component 'testing' is unknown or not installed" not in asked:
            sys.exit("FAILED: the missing component was not what failed")
        self.install("corochain", "testing")
        self.configure("-DCONSUMER_COMPONENTS=testing")
        rules = (self.work / "build" / "build.ninja")
        if rules.exists() and str(self.options.source / "include") in rules.read_text():
            sys.exit("FAILED: the program was to be built from the installed headers")
        self.build_and_run("consumer", "consumer_testing")
        self.with_own_targets("-DCONSUMER_COMPONENTS=testing")
        shutil.rmtree(self.work / "examples", ignore_errors=True)
        self.configure(folder="examples", source=self.examples())
        self.build_and_run("13_unit_tests", folder="examples")
        self.follow_links()
        run(sys.executable, next(self.prefix.rglob("check_co_await_traps.py")), self.examples())
        self.refuse_other_switches()

    def pkg_config(self):
        self.install("corochain", "testing")
        env = dict(os.environ)
        libdir = self.prefix / self.options.libdir
        env["PKG_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(libdir / "pkgconfig"), env.get("PKG_CONFIG_PATH")]))
        env["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [str(libdir), env.get("LD_LIBRARY_PATH")]))
        env["CXX"] = self.options.compiler
        env["CXXFLAGS"] = " ".join(self.flags)
        for source, package in (("main.cpp", "corochain"), ("testing.cpp", "corochain-testing")):
            program = self.work / pathlib.Path(source).stem
            run("bash", HERE / "pkg_config" / "build.sh", program, HERE / source, package, env=env)
            run(program, env=env)
        self.compile_examples(*shlex.split(run("pkg-config", "--cflags", "corochain-testing", env=env)))

    def add_subdirectory(self):
        source = f"-DCOROCHAIN_SOURCE_DIR={self.options.source}"
        self.configure(source, folder="without_targets")
        self.with_own_targets(source)
        self.with_own_targets(source, "-DCONSUMER_FETCHES=ON", "-DCOROCHAIN_BUILD_TESTS=ON", forms=["fetched"])
        # One form is built.
        self.configure(source, "-DCONSUMER_TARGETS=aliases")
        self.build_and_run("consumer", "consumer_testing")
        self.link_other_switches()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["find_package", "pkg_config", "add_subdirectory"])
    for name in ("cmake", "generator", "compiler", "launcher", "sanitize", "config", "libdir", "prefix-path"):
        parser.add_argument("--" + name, default="")
    for name in ("source", "build"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    options = parser.parse_args()
    # The program expects to be told nothing about a model's service.
    for name in [name for name in os.environ if name.startswith(("AZURE_OPENAI_", "OPENAI_"))]:
        del os.environ[name]
    consumer = Consumer(options)
    consumer.work.mkdir(parents=True, exist_ok=True)
    getattr(consumer, options.kind)()


if __name__ == "__main__":
    main()
