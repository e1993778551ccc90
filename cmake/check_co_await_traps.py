#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Find what g++ 11 and 12 miscompile around co_await, in C++ sources.

In a full expression that holds a co_await these compilers destroy some temporaries twice: lambdas that
own their captures, aggregates, operands of `?:`. A co_await that is tested at once crashes when its
coroutine declares no variable. The program compiles without a word and corrupts memory, so the patterns
are looked for in the text. Each has the same cure: give the thing a name in a statement of its own.

Rules:
  condition    if, switch, while or for tests a co_await (`while (auto x = co_await ...)` is fine)
  conditional  `?:` holds a co_await, or makes a temporary beside one
  lambda       a capturing lambda is written in the expression
  designated   `{.name = ...}` is written in the expression, except for fields of trivially copyable options
  container    `std::vector<T>{...}`, `json{...}` and the like are written in the expression
  braces       the braces of an object hold the co_await: `Answer{question, co_await ask(question)}`
  aggregate    (--strict) `Name{...}` of a type this script does not know is written in the expression

A text search does not see: `f({a, b})`, `Name(a, b)` and default arguments that make an aggregate, and macros.

A comment `// co_await-trap: ok (reason)` on the line of a finding or on the line above silences one
finding; the reason is mandatory.
"""
import argparse
import fnmatch
import os
import re
import sys

sys.dont_write_bytecode = True  # leaves no __pycache__ in a source tree
from cpp_tokens import CONTROL_WORDS, EXPRESSION_WORDS, is_group, is_text, parse, tokenize  # noqa: E402

SUFFIXES = (".hpp", ".h", ".cpp", ".cc", ".cxx", ".ipp")

# Fields of options that are trivially copyable: their braces are safe. --allow-field adds to them.
ALLOWED_FIELDS = frozenset(
    "max_concurrency timeout batch_size progress journal reorder_window stop_after_attempt group_size "
    "keep_order".split()
)

# Types whose braces make an initializer_list.
CONTAINERS = frozenset(
    "vector list forward_list deque map multimap unordered_map unordered_multimap set multiset unordered_set "
    "unordered_multiset initializer_list valarray array json ordered_json basic_json".split()
)

# Types that own memory through constructors of their own, or own none: measured to be safe between braces.
SAFE_TYPES = frozenset(
    "string wstring u8string string_view span optional pair tuple variant any function unique_ptr shared_ptr weak_ptr "
    "path exception_ptr error_code error_condition bool char short int long unsigned float double byte size_t "
    "ptrdiff_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t duration time_point nanoseconds "
    "microseconds milliseconds seconds minutes hours monostate use_awaitable_t Dict Message Messages Var few "
    "awaitable".split()
)

RULES = {
    "condition": ("`{}` tests a co_await", "name its result first: `auto x = co_await ...;` and then test x"),
    "conditional": ("`?:` {} a co_await", "use if and else, or name the result before the co_await expression"),
    "lambda": ("capturing lambda inside a co_await expression", "name the lambda in a statement before it"),
    "designated": (
        "designated initialiser of .{} inside a co_await expression",
        "name the object first; if its type is trivially copyable: --allow-field {}",
    ),
    "container": ("`{}{{...}}` inside a co_await expression", "name the container in a statement before it"),
    "braces": ("the braces of `{}` hold a co_await", "name the co_await's result first, then fill the braces"),
    "aggregate": (
        "temporary `{}{{...}}` inside a co_await expression",
        "name it first, or give its type a constructor",
    ),
    "suppression": ("`co_await-trap: ok` without a reason", "write `co_await-trap: ok (why it is safe here)`"),
}
SUPPRESSION = re.compile(r"co_await-trap:\s*ok\b\s*(\([^()]*\w.*\))?")


def walk(nodes):
    """All nodes of one full expression: not the bodies of its lambdas, which are coroutines of their own."""
    for node in nodes:
        yield node
        if node.kind == "group" and node.role not in ("lambda_body", "block"):
            yield from walk(node.children)


def is_await(nodes, index):
    # A co_yield awaits as well, and its temporaries suffer the same.
    return is_text(nodes[index], "co_await", "co_yield") and not (index and is_text(nodes[index - 1], "operator"))


def has_await(nodes):
    flat = list(walk(nodes))
    return any(is_await(flat, index) for index in range(len(flat)))


def split(nodes, separator):
    parts = [[]]
    for node in nodes:
        if is_text(node, separator):
            parts.append([])
        else:
            parts[-1].append(node)
    return parts


def is_declaration(nodes):
    """`auto x = ...`, `auto [a, b] = ...` and `T x{...}`, but not `x = ...`, `p->x = ...` or `T{...}`."""
    for index, node in enumerate(nodes):
        if is_text(node, "=") or (is_group(node, "{") and index == len(nodes) - 1):
            name, before = nodes[index - 1] if index else None, nodes[: max(index - 1, 0)]
            if name is None or not before or is_text(before[0], "*", "&", "!", "co_await"):
                return False
            if is_group(name, "["):
                return any(is_text(part, "auto") for part in before)
            if name.kind != "word":
                return False
            if is_text(before[-1], "&", "&&", "*"):  # `auto&& x{...}`, but not `a && T{...}`
                return is_text(node, "=") or any(is_text(part, "auto", "const") for part in before)
            return ends_type(nodes, index - 2)
    return False


def operand_kinds(nodes):
    """The kind of each operand of `?:`: 'number', 'string', 'name' or 'other', which may be a temporary that owns."""
    for index, node in enumerate(nodes):
        if is_text(node, "?"):  # the last operand of `?:` may be a `?:`; its first does not matter here
            colon = matching_colon(nodes, index)
            return operand_kinds(nodes[index + 1 : colon]) | operand_kinds(nodes[colon + 1 :])
    while len(nodes) > 1 and is_text(nodes[0], "-", "+", "!", "*"):
        nodes = nodes[1:]
    if nodes and all(node.kind == "string" and node.text.endswith('"') for node in nodes):
        return {"string"}
    if len(nodes) == 1 and (nodes[0].kind in ("number", "char") or is_text(nodes[0], "true", "false")):
        return {"number"}
    if len(nodes) == 1 and is_group(nodes[0], "("):
        return operand_kinds(nodes[0].children)
    if len(nodes) == 4 and [node.text for node in nodes[:3]] == ["std", "::", "move"] and is_group(nodes[3], "("):
        return operand_kinds(nodes[3].children)
    path = nodes and all(
        is_text(node, "::", ".", "->") or (node.kind == "word" and node.text not in ("nullptr", "nullopt"))
        for node in nodes
    )
    return {"name"} if path else {"other"}


def matching_colon(nodes, question):
    depth = 0
    for index in range(question + 1, len(nodes)):
        if is_text(nodes[index], "?"):
            depth += 1
        elif is_text(nodes[index], ":"):
            if depth == 0:
                return index
            depth -= 1
        elif is_text(nodes[index], ";"):
            break
    return len(nodes)


def type_of_braces(nodes, index):
    """The last word of the type that `Type{`, `Type name{` or `Type name = {` names, or None."""
    position = index - 1
    if position > 0 and is_text(nodes[position], "="):
        position -= 1
        if position == 0 or not ends_type(nodes, position - 1):
            return None  # an assignment
    if position > 0 and nodes[position].kind == "word" and ends_type(nodes, position - 1):
        position -= 1  # over the variable's name
    if position >= 0 and is_text(nodes[position], ">"):
        depth = 0
        while position >= 0:
            depth += is_text(nodes[position], ">") - is_text(nodes[position], "<")
            position -= 1
            if depth == 0:
                break
    if position >= 0 and nodes[position].kind == "word" and nodes[position].text not in EXPRESSION_WORDS:
        return nodes[position].text
    return None


def ends_type(nodes, position):
    node = nodes[position]
    return is_text(node, ">") or (node.kind == "word" and node.text not in EXPRESSION_WORDS)


class Checker:
    def __init__(self, allowed_fields=ALLOWED_FIELDS, strict=False, allow_reference_captures=False):
        self.allowed_fields, self.strict = allowed_fields, strict
        self.allow_reference_captures = allow_reference_captures

    def check(self, source):
        """Return (findings, number of co_await expressions); a finding is (line, column, rule, words)."""
        tokens, comments = tokenize(source)
        self.findings = []
        self.block(parse(tokens))
        self.findings.sort()
        return self.silence(comments), sum(is_await(tokens, index) for index in range(len(tokens)))

    def report(self, node, rule, *words):
        self.findings.append((node.line, node.column, rule, words))

    def silence(self, comments):
        left = list(self.findings)
        for comment in comments:
            match = SUPPRESSION.search(comment.text)
            if not match:
                continue
            if not match.group(1):
                left.append((comment.line, comment.column, "suppression", ()))
                continue
            here = next((one for line in (0, 1) for one in left if one[0] == comment.line + line), None)
            if here:
                left.remove(here)
        return sorted(left)

    def block(self, group):
        """Cut a block into full expressions and look at each."""
        nodes, begin, index = group.children, 0, 0
        while index < len(nodes):
            node = nodes[index]
            if is_text(node, ";"):
                self.expression(nodes[begin:index])
                begin = index + 1
            elif node.kind == "group" and node.role == "block":
                self.expression(nodes[begin:index])
                self.block(node)
                begin = index + 1
            elif is_text(node, *CONTROL_WORDS):
                # `if constexpr (`, `if (`
                following = range(index + 1, min(index + 3, len(nodes)))
                condition = next((at for at in following if is_group(nodes[at], "(")), None)
                if condition is not None:
                    self.expression(nodes[begin:index])
                    self.control(node, nodes[condition])
                    begin, index = condition + 1, condition
            index += 1
        self.expression(nodes[begin:])

    def control(self, keyword, group):
        parts = split(group.children, ";")
        tested = parts[-1] if keyword.text != "for" else parts[1] if len(parts) == 3 else []
        if has_await(tested) and not is_declaration(tested):
            self.report(keyword, "condition", keyword.text)
        for part in parts:
            self.expression(part)

    def expression(self, nodes):
        for node in walk(nodes):
            if node.kind == "group" and node.role in ("lambda_body", "block"):
                self.block(node)
        if has_await(nodes):
            self.operands(nodes, None)

    def operands(self, nodes, parent):
        for index, node in enumerate(nodes):
            if is_text(node, "?"):
                self.conditional(nodes, index)
            if node.kind != "group" or node.role in ("lambda_body", "block"):
                continue
            if node.role == "lambda":
                self.captures(node)
            elif node.role == "init":
                self.braces(nodes, index, parent)
            if is_group(node, "(") and index and is_await(nodes, index - 1):
                if not (nodes[index + 1 :] and is_text(nodes[index + 1], ".", "->")):
                    for at, child in enumerate(node.children):
                        if is_text(child, "?"):
                            self.conditional(node.children, at, whole=True)
            self.operands(node.children, node)

    def conditional(self, nodes, question, whole=False):
        begin, end, colon = question, question + 1, matching_colon(nodes, question)
        lower = (",", ";", "=", "?", ":", "return", "co_return", "co_yield", "throw")  # bind less tightly than `?:`
        while begin and not is_text(nodes[begin - 1], *lower):
            begin -= 1
        end = colon
        while end + 1 < len(nodes) and not is_text(nodes[end + 1], ",", ";"):
            end += 1
        if any(one[:2] == (nodes[question].line, nodes[question].column) for one in self.findings):
            return  # seen as the operand of its co_await
        if has_await(nodes[begin : end + 1]):
            self.report(nodes[question], "conditional", "holds")
        elif whole:
            self.report(nodes[question], "conditional", "chooses the operand of")
        else:
            kinds = operand_kinds(nodes[question + 1 : colon]) | operand_kinds(nodes[colon + 1 : end + 1])
            if not (kinds <= {"number", "name"} or kinds == {"string"}):
                self.report(nodes[question], "conditional", "may make a temporary beside")

    def captures(self, group):
        captures = [part for part in split(group.children, ",") if part]
        by_reference = all(is_text(part[0], "&") or (len(part) == 1 and is_text(part[0], "this")) for part in captures)
        if captures and not (by_reference and self.allow_reference_captures):
            self.report(group, "lambda")

    def braces(self, nodes, index, parent):
        group = nodes[index]
        elements = [part for part in split(group.children, ",") if part]
        if not elements:
            return  # value-initialised: no list is made
        fields = [part[1].text for part in elements if len(part) > 1 and is_text(part[0], ".")]
        refused = [field for field in fields if field not in self.allowed_fields]
        name = type_of_braces(nodes, index)
        if refused:
            self.report(group, "designated", refused[0])
        elif fields:
            return
        elif name in CONTAINERS:
            self.report(group, "container", name)
        elif name in SAFE_TYPES:
            return
        elif name and len(elements) > 1 and has_await(group.children):
            self.report(group, "braces", name)
        elif self.strict and name and name != "auto":
            self.report(group, "aggregate", name)
        elif self.strict and not is_group(parent, "{") and len(elements) > 1 and has_await(group.children):
            self.report(group, "braces", "{...}")


def sources(paths, exclude):
    """Yield the files to read; raise FileNotFoundError for a path that is not there."""

    def left_out(path, root):
        names = (path, os.path.relpath(path, root), os.path.basename(path))
        return any(fnmatch.fnmatch(name.replace(os.sep, "/"), glob) for glob in exclude for name in names)

    for root in paths:
        if os.path.isfile(root):
            if not left_out(root, os.path.dirname(root) or "."):
                yield root
            continue
        if not os.path.isdir(root):
            raise FileNotFoundError(root)
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "build")))
            for name in sorted(files):
                path = os.path.normpath(os.path.join(folder, name))
                if name.endswith(SUFFIXES) and not left_out(path, root):
                    yield path


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="file, or folder to walk (build* and hidden ones are left out)"
    )
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="GLOB", help="leave these files out (repeatable)"
    )
    parser.add_argument(
        "--allow-field",
        action="append",
        default=[],
        metavar="NAME",
        help="a field of options that are trivially copyable (repeatable)",
    )
    parser.add_argument(
        "--allow-reference-captures",
        action="store_true",
        help="accept lambdas that capture by reference only: they own nothing",
    )
    parser.add_argument("--strict", action="store_true", help="also report braced temporaries of unknown types")
    options = parser.parse_args(arguments)

    checker = Checker(ALLOWED_FIELDS | set(options.allow_field), options.strict, options.allow_reference_captures)
    files = awaits = found = 0
    try:
        for path in dict.fromkeys(sources(options.paths, options.exclude)):
            with open(path, encoding="utf-8", errors="replace") as file:
                findings, count = checker.check(file.read())
            files, awaits, found = files + 1, awaits + count, found + len(findings)
            for line, column, rule, words in findings:
                message, cure = RULES[rule]
                print(f"{path}:{line}:{column}: [{rule}] {message.format(*words)}; {cure.format(*words)}")
    except OSError as error:
        print(f"check_co_await_traps: cannot read {error.filename or error}", file=sys.stderr)
        return 2
    if files == 0:
        print("check_co_await_traps: no C++ file in what was given", file=sys.stderr)
        return 2
    if found:
        print(f"{found} findings in {files} files", file=sys.stderr)
        return 1
    print(f"{files} files, {awaits} co_await expressions checked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
