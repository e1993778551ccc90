#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

"""Checks the English of comments, string literals and pages.

usage: check_sentences.py [--count] [--root ROOT] [--exclude GLOB]... PATH...
  --count   print how many findings each folder has, instead of the findings
  --root    where PATHs begin; else the current folder
  --exclude files that are left out, such as tests of this script
Folders are searched for .hpp, .cpp, .py, .sh, .cmake, .md and CMakeLists.txt. The rules:
- `[of]`      no sentence opens with `Of`: name the subject first.
- `[who]`     `who` needs an antecedent: write "the caller", "the waiter", "the consumer" or "the listener".
- `[what]`    no sentence opens with `What`, unless it is a question.
- `[column]`  a comment ends at the column limit: 110 in C++, 120 in scripts.
"""

import argparse
import collections
import fnmatch
import io
import os
import re
import sys
import tokenize

sys.dont_write_bytecode = True  # leaves no __pycache__ in a source tree
import cpp_tokens  # noqa: E402

# C++ has the limit of its formatter. Scripts and pages are laid out by hand.
COMMENT_COLUMNS = {".hpp": 110, ".cpp": 110}
OTHER_COMMENT_COLUMNS = 120

# Words that are no antecedent: behind one of them, `who` opens a clause of its own.
BEFORE_BARE_WHO = frozenset(
    "a about after against and are as ask asked asks at because before but by for from hears if in into is know known"
    " knows let lets look not of on only or over say says see since so tell tells than that then through till to told"
    " unless until when where which while with without".split()
)

# line: of its beginning in the file
Text = collections.namedtuple("Text", "line text")


def cpp_texts(source):
    """Comments, those on lines that follow each other as one text, and string literals likewise."""
    tokens, comments = cpp_tokens.tokenize(source)
    blocks, last = [], None
    for comment in comments:
        lines = comment.text.splitlines()
        first = comment.line - len(lines) + 1
        own_line = not source.splitlines()[first - 1].split(lines[0])[0].strip()
        if last is None or first != last + 1 or not own_line or lines[0].startswith("///<"):
            blocks.append(Text(first, []))
        blocks[-1].text.extend(re.sub(r"^\s*(///?<?|/\*+|\*+/?)\s?|\*/$", "", line) for line in lines)
        last = comment.line
    texts = [Text(block.line, "\n".join(block.text)) for block in blocks]
    previous = None
    for token in tokens:
        if token.kind == "string":
            literal = re.sub(r'^\w*"|"\w*$', "", token.text).replace('\\"', '"').replace("\\n", " ")
            if previous == "string":
                texts[-1] = Text(texts[-1].line, texts[-1].text + "\n" * (token.line - line) + literal)
            else:
                texts.append(Text(token.line, literal))
            line = token.line
        previous = token.kind
    return texts


def python_texts(source):
    texts, last = [], None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ")
            if last is not None and line == last + 1 and not token.line[: token.start[1]].strip():
                texts[-1] = Text(texts[-1].line, texts[-1].text + "\n" + text)
            else:
                texts.append(Text(line, text))
            last = line
        elif token.type == tokenize.STRING:
            texts.append(Text(line, re.sub(r"^\w*('''|\"\"\"|'|\")|('''|\"\"\"|'|\")$", "", token.string)))
            last = None
    return texts


def script_texts(source):
    """Comments and quoted words of shell scripts and of CMake."""
    texts, last = [], None
    for number, line in enumerate(source.splitlines(), 1):
        match = re.match(r"\s*#\s?(.*)", line)
        if match:
            if last == number - 1:
                texts[-1] = Text(texts[-1].line, texts[-1].text + "\n" + match.group(1))
            else:
                texts.append(Text(number, match.group(1)))
            last = number
            continue
        if comment := re.search(r"\s#\s(.*)", line):
            texts.append(Text(number, comment.group(1)))
        texts += [Text(number, quoted) for quoted in re.findall(r'"([^"]*)"', line)]
    return texts


def page_texts(source):
    """Paragraphs, headings, entries of lists and cells of tables; no code."""
    texts, inside, goes_on = [], False, False
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith("```"):
            inside, goes_on = not inside, False
        elif inside or not line.strip():
            goes_on = False
        elif line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line)
            texts += [Text(number, cell.strip()) for cell in cells]
            goes_on = False
        else:
            opening = re.match(r"\s*(#+|[-*]|\d+\.)\s+", line)
            text = line[opening.end() :] if opening else line.strip()
            if goes_on and not opening:
                texts[-1] = Text(texts[-1].line, texts[-1].text + "\n" + text)
            else:
                texts.append(Text(number, text))
            goes_on = not line.startswith("#")
    return texts


READERS = {".hpp": cpp_texts, ".cpp": cpp_texts, ".py": python_texts, ".sh": script_texts, ".cmake": script_texts,
           ".md": page_texts}  # fmt: skip


def reader_of(name):
    return script_texts if name == "CMakeLists.txt" else READERS.get(os.path.splitext(name)[1])


def sentences(text):
    """(line within the text, sentence) of each sentence; code in backticks is one word."""
    text = re.sub(r"`[^`]*`", lambda code: "code" + "\n" * code.group().count("\n"), text)
    begin = 0
    for end in re.finditer(r"[.!?](?=[\s\"')]|$)|\n(?=\s*(?:\n|[-*]\s))|\Z", text):
        sentence = text[begin : end.end()]
        if sentence.strip():
            skipped = len(sentence) - len(sentence.lstrip())
            yield text.count("\n", 0, begin + skipped), " ".join(sentence.split())
        begin = end.end()


def faults(sentence):
    """The rules that a sentence breaks."""
    if len(sentence.split()) < 3 or sentence.endswith("?"):
        return
    opening = re.match(r"\W*(\w+)", sentence)
    opening = opening.group(1) if opening else ""
    if opening == "Of":
        yield "of"
    if opening == "What":
        yield "what"
    for match in re.finditer(r"(?:([\w'-]+)|([^\w\s]))?\s*\b([Ww]hom?)\b(?!['’-])", sentence):
        word, sign = match.group(1), match.group(2)
        if (word is None and sign not in (",", '"', "`")) or (word and word.lower() in BEFORE_BARE_WHO):
            yield "who"
            return


def column_limit(suffix):
    return COMMENT_COLUMNS.get(suffix, OTHER_COMMENT_COLUMNS)


def long_comments(source, suffix):
    sign = "//" if suffix in (".hpp", ".cpp") else "#"
    for number, line in enumerate(source.splitlines(), 1):
        if suffix != ".md" and len(line) > column_limit(suffix) and sign in line:
            yield number


def findings(path):
    """(line, rule, sentence) of each finding in a file."""
    with open(path, encoding="utf-8") as file:
        source = file.read()
    found = []
    read = reader_of(os.path.basename(path)) or script_texts  # a script without a suffix
    for text in read(source):
        for line, sentence in sentences(text.text):
            found += [(text.line + line, rule, sentence) for rule in faults(sentence)]
    suffix = os.path.splitext(path)[1]
    for line in long_comments(source, suffix):
        found.append((line, "column", f"a comment beyond column {column_limit(suffix)}"))
    return sorted(found)


def files_of(root, paths):
    for path in paths:
        full = os.path.join(root, path)
        if os.path.isfile(full):
            yield path
            continue
        for folder, folders, names in os.walk(full):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "build", "corpus")))
            for name in sorted(names):
                if reader_of(name):
                    yield os.path.relpath(os.path.join(folder, name), root)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--root", default=".")
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB")
    parser.add_argument("paths", nargs="+", metavar="PATH")
    options = parser.parse_args(arguments)
    missing = [path for path in options.paths if not os.path.exists(os.path.join(options.root, path))]
    if missing:
        print("no such file or folder: " + ", ".join(missing), file=sys.stderr)
        return 2
    files, counts = 0, collections.Counter()
    for path in files_of(options.root, options.paths):
        if any(fnmatch.fnmatch(path, glob) for glob in options.exclude):
            continue
        files += 1
        for line, rule, sentence in findings(os.path.join(options.root, path)):
            counts[os.path.dirname(path), rule] += 1
            if not options.count:
                print(f"{path}:{line}: [{rule}] {sentence}")
    if options.count:
        for folder in sorted({folder for folder, _ in counts}):
            each = {rule: n for (place, rule), n in sorted(counts.items()) if place == folder}
            print(f"{sum(each.values()):5}  {folder}  " + " ".join(f"{rule}={n}" for rule, n in each.items()))
    print(f"{files} files, {sum(counts.values())} findings")
    return 1 if counts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
