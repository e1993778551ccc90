#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Check that every #include goes downward in the layer table below, and that a header leads to its body.

Looks at include/corochain/<folder>/, src/<folder>/ and examples/ of a source tree; tests are free.
Public headers are included as <corochain/folder/x.hpp> (or the same in quotes), private ones as
"folder/x.hpp", relative to src/, or as "x.hpp" from their own folder. A forward declaration of a class
counts as an include of the header that defines it.

The body of include/corochain/A/x.hpp, include/corochain/A/detail/x.hpp and src/A/x.hpp is src/A/x.cpp:
what that file defines for others is declared in one of these headers.
"""
import argparse
import collections
import os
import posixpath
import re
import sys

sys.dont_write_bytecode = True  # leaves no __pycache__ in a source tree
from cpp_tokens import is_group, is_text, parse, tokenize  # noqa: E402

# folder: (what its files may include beside its own, what its files in src/ may include in addition)
LAYERS = {
    "core":          ("", ""),
    "codec":         ("core", ""),
    "observability": ("core", ""),
    "concurrency":   ("core observability", "codec"),
    "schema":        ("core", ""),
    "runnables":     ("core observability concurrency", "codec"),
    "prompts":       ("core concurrency runnables schema", "codec"),
    "parsers":       ("core concurrency runnables schema", "codec"),
    "storage":       ("core observability concurrency", "codec"),
    "transport":     ("core codec observability concurrency", ""),
    "models":        ("core observability concurrency runnables schema storage", "codec transport"),
    "agents":        ("core observability concurrency schema runnables prompts parsers storage models", ""),
    "testing":       ("core observability concurrency schema runnables prompts parsers storage models agents"
                      " umbrella", ""),
    "examples":      ("core observability concurrency schema runnables prompts parsers storage models agents"
                      " testing umbrella", ""),
}  # fmt: skip
PRIVATE_LAYERS = ("codec", "transport")  # in src/ only: no public header reaches them
UMBRELLA = "corochain.hpp"  # the only header that lies directly in include/corochain/

# Public headers that may include <nlohmann/json.hpp>; all others forward-declare it with json_fwd.hpp.
# A folder stands for all that is in it. The umbrella includes none of them.
OPT_IN = ("core/json.hpp", "core/dict_json.hpp", "schema/", "testing/")

# Standard headers that cost whoever includes corochain.hpp more than our own templates do, and what stands for them.
HEAVY = {
    "chrono": "corochain/core/detail/durations.hpp has durations and clocks",
    "ranges": "corochain/runnables/detail/inputs.hpp has what is needed of ranges",
}
HEAVY_HERE = ("core/detail/durations.hpp",)  # where the standard library leaves no choice

# Libraries with a place of their own: (what their headers are called, where they may be included, the rule).
NETWORK = ("src/transport/", "src/testing/")
LIBRARIES = (
    # An example may be a server of its own, as a user's program may.
    (
        re.compile(r"boost/beast(/|\.hpp$)"),
        (*NETWORK, "examples/"),
        "Beast is known to src/transport and the mock server only",
    ),
    (re.compile(r"openssl/"), NETWORK, "OpenSSL is known to src/transport and the mock server only"),
    (re.compile(r"boost/asio/ssl(/|\.hpp$)"), NETWORK, "TLS is known to src/transport and the mock server only"),
    (re.compile(r"sqlite3\w*\.h$"), ("src/storage/",), "SQLite is known to src/storage only"),
)
ASIO = re.compile(r"boost/asio(/|\.hpp$)")
ASIO_OF_CORE = ("boost/asio/awaitable.hpp",)
ASIO_OF_CORE_SOURCES = ("boost/asio/awaitable.hpp", "boost/asio/error.hpp")

# Files in src/ that hold the body of headers of other names, until they are renamed or split.
BODIES_ELSEWHERE = (
    "src/observability/callbacks.cpp",
    "src/observability/log.cpp",
    "src/transport/exchange_connection.cpp",
)
# Forward declarations of a higher layer's class, until they are gone: (file, class).
DECLARED_ABOVE = ()

SUFFIXES = (".hpp", ".h", ".cpp", ".cc", ".cxx", ".ipp")
INCLUDE = re.compile(r"#\s*include(?:_next)?\s*(?:<([^>\n]*)>|\"([^\"\n]*)\")?")

Include = collections.namedtuple("Include", "line name quoted")
# A class that a file names or defines, and a function that it defines; owner: the class of a member, else None
Class = collections.namedtuple("Class", "line name defined")
Function = collections.namedtuple("Function", "line owner name")
# place: 'include', 'src' or 'examples'; inside: the path below include/corochain, src or examples
File = collections.namedtuple("File", "path place folder inside includes classes functions words")


def read_tree(root):
    """Return (files, violations of the places where files lie)."""
    files, misplaced = [], []
    for place, top in (("include", "include/corochain"), ("src", "src"), ("examples", "examples")):
        for directory, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "build")))
            for name in sorted(names):
                if not name.endswith(SUFFIXES):
                    continue
                path = os.path.relpath(os.path.join(directory, name), root).replace(os.sep, "/")
                inside = path[len(top) + 1 :]
                folder = folder_of(place, inside)
                with open(os.path.join(root, path), encoding="utf-8", errors="replace") as source:
                    files.append(read_file(path, place, folder, inside, source.read()))
                if folder is None:
                    wrong = "lies outside the layers; move it into one of their folders"
                elif folder not in LAYERS and folder != "umbrella":
                    wrong = f"unknown layer '{folder}'; add it to LAYERS in check_layers.py or move the file"
                elif place == "include" and folder in PRIVATE_LAYERS:
                    wrong = f"{folder} exists in src only; move the header to src/{folder}/"
                else:
                    continue
                misplaced.append((path, 1, wrong))
    return files, misplaced


def folder_of(place, inside):
    """The layer that a path belongs to, or None for what lies directly in include/corochain/ or src/."""
    if place == "examples":
        return "examples"
    if place == "include" and inside == UMBRELLA:
        return "umbrella"
    return inside.split("/")[0] if "/" in inside else None


def read_file(path, place, folder, inside, source):
    tokens = tokenize(source)[0]
    functions = list(read_functions(parse(tokens))) if path.startswith("src/") and path.endswith(".cpp") else []
    words = {token.text for token in tokens if token.kind == "word"}
    return File(path, place, folder, inside, read_includes(tokens), list(read_classes(tokens)), functions, words)


def read_classes(tokens):
    """The classes that a file defines or declares, nested ones and friends too."""
    for index, token in enumerate(tokens):
        if not is_text(token, "class", "struct") or (index and is_text(tokens[index - 1], "enum", "<", ",")):
            continue
        name = None
        for after in tokens[index + 1 :]:
            if after.kind == "word" and not is_text(after, "final"):
                name = after.text  # the last one: after a macro, a namespace or a class around it
            elif not is_text(after, "::", "final"):
                break
        if name and is_text(after, ";", "{", ":"):
            yield Class(token.line, name, not is_text(after, ";"))


def read_functions(block):
    """The functions that a file defines for others: those of named namespaces."""
    statement = 0
    for index, node in enumerate(block.children):
        if is_text(node, ";") or node.kind == "pp":
            statement = index + 1
        elif is_group(node, "{") and node.role == "block":
            header, statement = block.children[statement:index], index + 1
            if header and is_text(header[0], "namespace"):
                if len(header) > 1:
                    yield from read_functions(node)
                continue
            yield from read_function(header)


def read_function(header):
    for index, node in enumerate(header):
        if is_text(node, "template", "class", "struct", "union", "enum", "=", "operator"):
            return
        if is_group(node, "(") and index and header[index - 1].kind == "word":
            name, before = header[index - 1].text, [child for child in header[: index - 1] if not is_text(child, "~")]
            owner = before[-2].text if len(before) > 1 and is_text(before[-1], "::") else None
            yield Function(node.line, owner, name)
            return


def read_includes(tokens):
    """The includes of a file, without those in comments and strings."""
    includes = []
    for token in tokens:
        match = token.kind == "pp" and INCLUDE.match(token.text)
        if match:
            includes.append(Include(token.line, match.group(1) or match.group(2), match.group(2) is not None))
    return includes


def is_opt_in(inside):
    return any(inside == one or (one.endswith("/") and inside.startswith(one)) for one in OPT_IN)


# Public headers that are written when the library is installed, beside the header that asks whether they are there.
GENERATED = ("include/corochain/core/detail/corochain_built_with.hpp",)


class Checker:
    def __init__(self, files):
        self.files = files
        self.paths = {file.path for file in files}
        self.reaches_json = self.find_reaches_json()
        self.layers_of_class = collections.defaultdict(set)
        for file in files:
            for one in file.classes:
                if one.defined and file.place != "examples":
                    self.layers_of_class[one.name].add(file.folder)

    def find_reaches_json(self):
        """Public headers that bring nlohmann/json.hpp along, by whatever way."""
        public = {file.inside: file for file in self.files if file.place == "include"}
        reaching = set()
        before = -1
        while before != len(reaching):
            before = len(reaching)
            for inside, file in public.items():
                names = {include.name for include in file.includes}
                if "nlohmann/json.hpp" in names or any("corochain/" + name in names for name in reaching):
                    reaching.add(inside)
        return reaching

    def check(self, file, include):
        """Return what is wrong with an include, or None."""
        name = include.name
        if not name:
            return "this include cannot be checked: write the header's name instead of a macro"
        if ".." in name.split("/"):
            return f"{name}: no `..` in an include; write <corochain/folder/x.hpp> or \"folder/x.hpp\""
        if name.startswith("corochain/"):
            inside = name[len("corochain/") :]
            return self.check_layer(file, folder_of("include", inside), name) or self.check_light(file, inside)
        folder = name.split("/")[0] if "/" in name else None
        if include.quoted or folder in LAYERS:
            return self.check_private(file, name, folder)
        return self.check_library(file, name)

    def check_declaration(self, file, declared):
        """Return what is wrong with a forward declaration, or None."""
        layers = self.layers_of_class.get(declared.name, set())
        if declared.defined or not layers or file.folder in layers or file.folder not in LAYERS:
            return None
        if (file.path, declared.name) in DECLARED_ABOVE:
            return None
        everywhere, sources = (words.split() for words in LAYERS[file.folder])
        if layers.intersection(everywhere + (sources if file.place == "src" else [])):
            return None
        return (
            f"{declared.name}: {file.folder} may not name a class of {', '.join(sorted(layers))}; "
            "a forward declaration counts as an include"
        )

    def check_body(self, file):
        """Yield (line, what is wrong) of a file in src/ that is not the body of its headers."""
        if not file.functions or file.path in BODIES_ELSEWHERE:
            return
        directory, name = posixpath.split(file.path[: -len(".cpp")])
        candidates = [f"{directory}/{name}.hpp"]
        if file.folder not in PRIVATE_LAYERS:
            public = posixpath.join("include/corochain", directory[len("src/") :])
            candidates = [f"{public}/{name}.hpp", f"{public}/detail/{name}.hpp", *candidates]
        headers = [one for one in self.files if one.path in candidates]
        if not headers:
            yield 1, f"no header leads here; there is none of {', '.join(candidates)}"
            return
        classes = {one.name for each in [*headers, file] for one in each.classes if one.defined}
        words = {word for each in headers for word in each.words}
        for function in file.functions:
            of_class = function.owner in self.layers_of_class  # else it is a function, perhaps of a namespace
            known = function.owner in classes if of_class else function.name in words
            if not known:
                whole = f"{function.owner}::{function.name}" if function.owner else function.name
                yield function.line, f"{whole}: not declared in {headers[0].path}, whose body this is; move one of them"

    def check_private(self, file, name, folder):
        beside = posixpath.join(posixpath.dirname(file.path), name)
        if (beside in self.paths and file.place == "examples") or beside in GENERATED:
            return None
        if file.place != "src":
            return f"{name}: a private include here; include public headers as <corochain/folder/x.hpp>"
        if folder in LAYERS:
            return self.check_layer(file, folder, name)
        if folder is None or beside in self.paths:
            return None  # of the same folder
        return self.check_library(file, name) or (
            f"{name}: unknown folder '{folder}'; include libraries with <>, our own by the name of their layer"
        )

    def check_layer(self, file, folder, name):
        if folder is None:
            return f"{name}: only {UMBRELLA} lies directly in include/corochain/; move it into a layer's folder"
        if folder not in LAYERS and folder != "umbrella":
            return f"{name}: unknown layer '{folder}'; add it to LAYERS in check_layers.py or correct the name"
        if file.folder == "umbrella":
            if folder in PRIVATE_LAYERS + ("umbrella", "examples"):
                return f"{name}: the umbrella includes public headers only; remove it"
            return None
        if file.folder not in LAYERS or folder == file.folder:
            return None  # its own place is reported once
        everywhere, sources = (words.split() for words in LAYERS[file.folder])
        if folder in everywhere or (file.place == "src" and folder in sources):
            return None
        if file.place == "include" and folder in PRIVATE_LAYERS:
            return f"{name}: public headers never reach {folder}; move what needs it to src/{file.folder}/"
        if folder in sources:
            return f"{name}: {file.folder} may include {folder} in src/ only; move what needs it there"
        allowed = ", ".join(sorted(everywhere + (sources if file.place == "src" else []))) or "itself only"
        return f"{name}: {file.folder} may not include {folder} (allowed: {allowed}); move what needs it"

    def check_light(self, file, inside):
        if file.place != "include" or is_opt_in(file.inside):
            return None
        if file.folder == "umbrella" and is_opt_in(inside):
            return f"corochain/{inside}: the umbrella includes no opt-in header; remove it"
        if inside in self.reaches_json and is_opt_in(inside):
            return (
                f"corochain/{inside}: brings nlohmann/json.hpp into a light header; forward-declare what is needed, "
                "or list this header in OPT_IN of check_layers.py"
            )
        return None

    def check_library(self, file, name):
        if name in HEAVY and file.place == "include" and not is_opt_in(file.inside) and file.inside not in HEAVY_HERE:
            return f"<{name}>: too heavy for the main header; {HEAVY[name]}"
        for pattern, places, rule in LIBRARIES:
            if pattern.match(name) and not file.path.startswith(places):
                return f"{name}: {rule}; put what needs it there, behind an interface"
        if name == "nlohmann/json.hpp" and file.place == "include" and not is_opt_in(file.inside):
            return (
                f"{name}: in opt-in headers only; include <nlohmann/json_fwd.hpp>, "
                "or list this header in OPT_IN of check_layers.py"
            )
        if ASIO.match(name):
            if file.folder == "codec":
                return f"{name}: codec is free of Asio; take bytes, time and randomness as arguments"
            allowed = ASIO_OF_CORE_SOURCES if file.place == "src" else ASIO_OF_CORE
            if file.folder == "core" and name not in allowed:
                only = " and ".join(allowed)
                return f"{name}: of Asio, core may include only {only} here; move what needs more to concurrency"
        return None


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument(
        "root", nargs="?", default=os.path.dirname(here), help="the source tree (default: the one this script is in)"
    )
    root = parser.parse_args(arguments).root

    files, violations = read_tree(root)
    if not files:
        print(f"check_layers: no C++ file below {root}: is it the root of the source tree?", file=sys.stderr)
        return 2
    checker = Checker(files)
    for file in files:
        for include in file.includes:
            message = checker.check(file, include)
            if message:
                violations.append((file.path, include.line, message))
        for declared in file.classes:
            message = checker.check_declaration(file, declared)
            if message:
                violations.append((file.path, declared.line, message))
        violations += [(file.path, line, message) for line, message in checker.check_body(file)]
    for path, line, message in sorted(violations):
        print(f"{path}:{line}: {message}")
    if violations:
        return 1
    print(f"{len(files)} files, {sum(len(file.includes) for file in files)} includes checked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
