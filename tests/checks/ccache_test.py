#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Tests of cmake/ccache.sh: a precompiled header is that of the sources as they are. Uses g++ and ccache where both are
there, and looks at what they are called with in any case."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "cmake" / "ccache.sh"


class Ccache(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="corochain ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_only_precompiled_headers_are_special(self):
        old = self.folder / "x y.gch"
        old.write_text("old")
        plain = subprocess.run([SCRIPT, "sh", "-c", "echo $CCACHE_DEPEND; echo $1", "sh", "-o", "x.o"],
                               capture_output=True, text=True, check=True)
        self.assertEqual(plain.stdout, "\n-o\n")
        made = subprocess.run([SCRIPT, "sh", "-c", "echo $CCACHE_DEPEND $CCACHE_NAMESPACE; echo $2", "sh", "-o", old],
                              capture_output=True, text=True, check=True)
        self.assertEqual(made.stdout, f"1 precompiled-headers\n{old}\n")
        self.assertFalse(old.exists())

    @unittest.skipUnless(shutil.which("ccache") and shutil.which("g++"), "ccache or g++ is not installed")
    def test_a_header_is_that_of_the_sources_as_they_are(self):
        environment = dict(os.environ, CCACHE_DIR=str(self.folder / "cache"), CCACHE_NOHASHDIR="1",
                           CCACHE_SLOPPINESS="pch_defines,time_macros")
        environment.pop("CCACHE_DISABLE", None)

        def build(clone, comment, name):
            folder = self.folder / clone
            folder.mkdir(exist_ok=True)
            (folder / "b.h").write_text(f"#pragma once\n// {comment}\nstruct {name} {{}};\n")
            (folder / "pch.hxx").write_text('#include "b.h"\n')
            (folder / "pch.cxx").write_text("")
            (folder / "use.cpp").write_text(f'#include "{folder}/b.h"\n{name} used;\n')
            environment["CCACHE_BASEDIR"] = str(folder)
            common = [SCRIPT, "ccache", "g++", "-fpch-preprocess", "-include", folder / "pch.hxx"]
            for what in (["-x", "c++-header", "-MD", "-MF", "pch.d", "-o", folder / "pch.hxx.gch", "-c", "pch.cxx"],
                         ["-Winvalid-pch", "-MD", "-MF", "use.d", "-o", "use.o", "-c", folder / "use.cpp"]):
                subprocess.run([*common, *what], cwd=folder, env=environment, check=True)

        build("one", "first", "a")
        build("two", "first", "a")
        build("two", "other", "a")  # the same but for a comment
        build("one", "other", "b")  # where an old one stands
        build("one", "first", "a")
        build("two", "first", "c")
        build("three", "other", "a")


if __name__ == "__main__":
    unittest.main()
