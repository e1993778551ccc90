#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Lists the functions of the library that one call goes through, in their order.

It compiles the library and hops.cpp with -finstrument-functions, and runs `prompt | model | parser` against a mock
server over a TLS connection that is open. Two lists come out, with a number, a function and its file on each line:

- question: from `ainvoke` down to send(2), through functions and coroutines that have not ended when it is called
- chunk: from a `next()` that waits for the socket down to recv(2), likewise

Functions that hand on the awaitable of a coroutine of ours below them count, too; `spawn_and_wait`, which hands on one
of Asio's, does not. A function counts once, a coroutine together with its resumptions; the standard library and Boost
do not count. --all lists everything that is entered, on the way down and for the way back.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A list's name, the part of the recording that it is made of, and the system call that ends the way down.
PARTS = (("question", "call", "send"), ("chunk", "chunk", "recv"))
# The units and the folders of src/ that each is made of; the mock server is not recorded.
UNITS = {
    "values": ("core", "codec", "observability", "concurrency", "prompts", "parsers", "runnables"),
    "models": ("models", "transport"),
    "testing": ("testing",),
}
FLAGS = ("-std=c++20", "-O1", "-g1", "-fno-ipa-icf", "-w", "-DBOOST_ASIO_NO_DEPRECATED", f"-I{ROOT}/include",
         f"-I{ROOT}/src")  # fmt: skip
RECORDED = ("-finstrument-functions", "-finstrument-functions-exclude-file-list=/usr/include,/usr/lib,tests/benchmark")


def build(compiler: str, folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir(parents=True, exist_ok=True)
    sources = {}
    for name, parts in UNITS.items():
        unit = folder / f"{name}.cpp"
        files = sorted(file for part in parts for file in (ROOT / "src" / part).rglob("*.cpp"))
        unit.write_text("".join(f'#include "{file}"\n' for file in files))
        sources[unit] = name != "testing"
    sources[ROOT / "tests/benchmark/hops.cpp"] = True  # for the templates that it instantiates

    def compiled(source: pathlib.Path) -> str:
        made = folder / (source.stem + ".o")
        flags = [*FLAGS, *(RECORDED if sources[source] else ())]
        subprocess.run([compiler, *flags, "-c", str(source), "-o", str(made)], check=True)
        return str(made)

    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        objects = list(pool.map(compiled, sources))
    program = folder / "hops"
    libraries = ("-lssl", "-lcrypto", "-lpthread")
    subprocess.run([compiler, "-no-pie", *objects, *libraries, "-o", str(program)], check=True)
    return program


Function = collections.namedtuple("Function", "name file")


def short(name: str) -> str:
    """A function's name without parameters, template arguments and namespaces of the library."""
    name = re.sub(r" \[clone [^]]*\]|\[abi:cxx11\]|\(anonymous namespace\)::", "", name).replace("operator()", "()@")
    name = re.sub(r"\{lambda\(.*?\)#\d+\}", "lambda", name).replace("()@", "call-operator")
    for brackets in (r"<[^<>]*>", r"\([^()]*\)"):
        previous = None
        while previous != name:
            previous, name = name, re.sub(brackets, "", name)
    name = re.sub(r" (const|noexcept)\b", "", name).strip().split(" ")[-1]
    name = re.sub(r"\b(corochain|detail|models|codec|transport)::", "", name)
    return name.replace("call-operator", "operator()")


def functions_at(program: pathlib.Path, addresses: list[str]) -> dict[str, Function]:
    """Those functions among the addresses that are the library's."""
    command = ["addr2line", "-f", "-C", "-e", str(program)]
    lines = subprocess.run(command, input="\n".join(addresses), capture_output=True, text=True, check=True)
    found = lines.stdout.splitlines()
    functions = {}
    for address, name, place in zip(addresses, found[::2], found[1::2]):
        file = pathlib.Path(place.split(" ")[0].rpartition(":")[0])
        if any(file.is_relative_to(ROOT / folder) for folder in ("include", "src")):
            functions[address] = Function(short(name), str(file.relative_to(ROOT)))
    return functions


def coroutine_parts(program: pathlib.Path) -> dict[int, str]:
    """Addresses of the functions that resume a coroutine ("actor") and destroy its frame ("destroy")."""
    symbols = subprocess.run(["nm", str(program)], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^([0-9a-f]+) \w \S*\.(actor|destroy)$", symbols, re.M)
    return {int(address, 16): part for address, part in found}


def way_down(events: list[tuple[str, str]], mark: str, functions: dict[str, Function],
             parts: dict[int, str]) -> list[Function]:  # fmt: skip
    """The functions that the first `mark` lies below."""
    coroutines = {functions[a] for _, a in events if a in functions and parts.get(int(a, 16)) == "actor"}
    order: dict[Function, None] = {}
    stack: list[str] = []
    alive = collections.defaultdict(list)  # for each coroutine, the functions around its beginning
    for what, address in events:
        function = functions.get(address)
        if what == mark:
            break
        if what == "leave":
            if address in stack:
                del stack[len(stack) - 1 - stack[::-1].index(address) :]
        elif what == "enter" and function:
            part = parts.get(int(address, 16))
            order.setdefault(function)
            if part == "destroy" and alive[function]:
                alive[function].pop()
            elif part is None and function in coroutines:
                alive[function].append([functions[each] for each in stack])
            stack.append(address)
    below = {functions[each] for each in stack}
    for function, begun in alive.items():
        if begun:
            below.update([function], *begun)
    return [function for function in order if function in below]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++-12")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/hops", help="where objects are put")
    parser.add_argument("--program", type=pathlib.Path, help="one that was built already")
    parser.add_argument("--listener", action="store_true", help="of a call that has a listener")
    parser.add_argument("--all", action="store_true", help="also what is entered beside the way down")
    arguments = parser.parse_args()
    program = arguments.program or build(arguments.compiler, arguments.build)
    command = [str(program), *(["listener"] if arguments.listener else [])]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    recorded = collections.defaultdict(list)
    for line in printed.splitlines():
        what, *event = line.split()
        recorded[what].append(tuple(event))
    functions = functions_at(program, sorted({address for events in recorded.values() for _, address in events}))
    parts = coroutine_parts(program)
    for name, what, mark in PARTS:
        entered = list(dict.fromkeys(functions[a] for kind, a in recorded[what] if kind == "enter" and a in functions))
        below = way_down(recorded[what], mark, functions, parts)
        hops = entered if arguments.all else below
        if not hops:
            sys.exit(f"hops: the program has recorded nothing of the {name}")
        print(f"{name}: {len(below)} hops in {len({hop.file for hop in below})} files to {mark}(2), and"
              f" {len(entered)} functions there and back")  # fmt: skip
        for number, hop in enumerate(hops, 1):
            print(f"{number:4} {hop.name:50} {hop.file}")


if __name__ == "__main__":
    main()
