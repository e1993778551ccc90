#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Builds and runs a user's program, as a project of its own.

  find_package       installs the current build, moves the installed tree, and finds it with CMake
  pkg_config         the same, and finds it with pkg-config
  add_subdirectory   takes corochain's source tree into the project
"""
import argparse
import os
import pathlib
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

    def configure(self, *more, **how):
        build = self.work / "build"
        found_in = ";".join(filter(None, [str(self.prefix), self.options.prefix_path]))
        return run(self.options.cmake, "-S", HERE / self.options.kind, "-B", build, "-G", self.options.generator,
                   f"-DCMAKE_CXX_COMPILER={self.options.compiler}", f"-DCMAKE_CXX_FLAGS={' '.join(self.flags)}",
                   f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.options.launcher}", "-DCMAKE_BUILD_TYPE=",
                   f"-DCMAKE_PREFIX_PATH={found_in}", *more, **how)

    def build_and_run(self, *programs):
        build = self.work / "build"
        run(self.options.cmake, "--build", build)
        for program in programs:
            run(build / program)

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

    def pkg_config(self):
        self.install("corochain")
        env = dict(os.environ)
        libdir = self.prefix / self.options.libdir
        env["PKG_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(libdir / "pkgconfig"), env.get("PKG_CONFIG_PATH")]))
        env["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [str(libdir), env.get("LD_LIBRARY_PATH")]))
        env["CXX"] = self.options.compiler
        env["CXXFLAGS"] = " ".join(self.flags)
        program = self.work / "consumer"
        run("bash", HERE / "pkg_config" / "build.sh", program, env=env)
        run(program, env=env)

    def add_subdirectory(self):
        self.configure(f"-DCOROCHAIN_SOURCE_DIR={self.options.source}")
        self.build_and_run("consumer", "consumer_testing")


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
