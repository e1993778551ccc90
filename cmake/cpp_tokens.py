# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Just enough of C++ to look for patterns: tokens, nesting, and the role of each brace and bracket.

No macro is expanded, no name looked up and no template argument list parsed. All branches of an
`#if` are kept, so that a pattern in a branch that this machine does not compile is still seen.
"""
import re

TOKEN = re.compile(
    r"""
      (?P<newline>\n)
    | (?P<space>(?:[^\S\n]|\\\n)+)
    | (?P<comment>//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z))
    | (?P<string>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s"]{0,16})\(.*?(?:\)(?P=delimiter)"|\Z)(?:[A-Za-z_]\w*)?
               | (?:u8|[uUL])?"(?:[^"\\\n]|\\.)*(?:"(?:[A-Za-z_]\w*)?|(?=\n)|\Z))
    | (?P<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)
    | (?P<char>(?:u8|[uUL])?'(?:[^'\\\n]|\\.)*(?:'(?:[A-Za-z_]\w*)?|(?=\n)|\Z))
    | (?P<word>[^\W\d]\w*)
    # `>>` is left as two tokens because it mostly closes two template argument lists.
    | (?P<punctuation>->\*|->|::|\.\.\.|&&|\|\||<=>|<<=|<<|\+\+|--|[-+*/%&|^=!<>]=|.)
    """,
    re.S | re.X,
)

# Words after which an expression begins: a `[` behind them opens a lambda, a name behind them is no declarator.
EXPRESSION_WORDS = frozenset(
    "return co_return co_await co_yield throw case else do and or not new".split()
)
CONTROL_WORDS = frozenset("if while switch for".split())
TYPE_WORDS = frozenset("struct class union enum namespace".split())
# Words that stand between a parameter list and the body of its function, or before any block.
BLOCK_WORDS = frozenset(
    "const volatile noexcept override final mutable constexpr consteval static try else do requires".split()
)
OPENERS = {"(": ")", "[": "]", "{": "}"}


class Token:
    """A word, number, string, char or punctuation; `pp` is a whole preprocessor directive."""

    __slots__ = ("kind", "text", "line", "column")

    def __init__(self, kind, text, line, column):
        self.kind, self.text, self.line, self.column = kind, text, line, column


class Group:
    """The tokens between a pair of brackets.

    role is None, or for braces 'block', 'lambda_body' or 'init', and for brackets 'lambda'.
    """

    __slots__ = ("kind", "text", "line", "column", "children", "role")

    def __init__(self, opener):
        self.kind, self.text, self.line, self.column = "group", opener.text, opener.line, opener.column
        self.children, self.role = [], None


def tokenize(source):
    """Return (tokens, comments); a comment's line is its last one."""
    tokens, comments = [], []
    line, line_begin, position, fresh_line = 1, 0, 0, True
    while position < len(source):
        match = TOKEN.match(source, position)
        kind, text = match.lastgroup, match.group()
        if kind == "delimiter":  # the inner group of a raw string
            kind = "string"
        column, end = position - line_begin + 1, match.end()
        if kind == "punctuation" and text == "#" and fresh_line:
            kind = "pp"
            while end < len(source):  # to the end of the line, over comments and continuations
                match = TOKEN.match(source, end)
                if match.lastgroup == "newline":
                    break
                end = match.end()
                if match.lastgroup == "comment":
                    newlines = source.count("\n", position, end)
                    comments.append(Token("comment", match.group(), line + newlines, 0))
                    text += " "
                else:
                    text += match.group()
        newlines = source.count("\n", position, end)
        if kind == "comment":
            comments.append(Token("comment", text, line + newlines, column))
        elif kind not in ("newline", "space"):
            tokens.append(Token(kind, text, line, column))
        if newlines:
            line, line_begin = line + newlines, source.rindex("\n", position, end) + 1
        fresh_line = kind == "newline" or (fresh_line and kind in ("space", "comment"))
        position = end
    return tokens, comments


def parse(tokens):
    """Nest the tokens and give every brace and bracket its role. Broken nesting never raises."""
    root = Group(Token("punctuation", "{", 1, 1))
    root.role = "block"
    stack = [root]
    branches = []  # for each open #if: [the stack at #if, the stack at the end of its first branch]
    for token in tokens:
        if token.kind == "pp":
            word = re.match(r"#\s*(\w*)", token.text).group(1)
            if word in ("if", "ifdef", "ifndef"):
                branches.append([list(stack), None])
            elif word in ("else", "elif", "elifdef", "elifndef") and branches:
                # Both branches may open a brace that one later line closes: only the first may count.
                branches[-1][1] = branches[-1][1] or list(stack)
                stack = list(branches[-1][0])
            elif word == "endif" and branches:
                stack = branches.pop()[1] or stack
        elif token.kind == "punctuation" and token.text in OPENERS:
            group = Group(token)
            stack[-1].children.append(group)
            stack.append(group)
        elif token.kind == "punctuation" and token.text in (")", "]", "}"):
            for depth in range(len(stack) - 1, 0, -1):
                if OPENERS[stack[depth].text] == token.text:
                    del stack[depth:]
                    break
        else:
            stack[-1].children.append(token)
    classify(root)
    return root


def is_text(node, *texts):
    return node is not None and node.kind in ("word", "punctuation") and node.text in texts


def is_group(node, opener):
    return node is not None and node.kind == "group" and node.text == opener


def classify(group):
    in_block = group.role in ("block", "lambda_body")
    nodes, statement = group.children, 0  # statement: where the current statement begins
    bodies = set()
    for index, node in enumerate(nodes):
        if is_group(node, "[") and opens_lambda(nodes, index):
            body = lambda_body(nodes, index)
            if body is not None:
                node.role = "lambda"
                bodies.add(body)
        elif is_group(node, "{"):
            if index in bodies:
                node.role = "lambda_body"
            elif is_block(nodes, index, statement, in_block):
                node.role, statement = "block", index + 1
            else:
                node.role = "init"
        elif is_text(node, ";"):
            statement = index + 1
        if node.kind == "group":
            classify(node)


def opens_lambda(nodes, index):
    children = nodes[index].children
    if len(children) == 1 and is_group(children[0], "["):
        return False  # [[attribute]]
    before = nodes[index - 1] if index else None
    if before is None or is_group(before, "{"):
        return True
    if before.kind == "word":
        return before.text in EXPRESSION_WORDS and before.text != "new"
    if before.kind == "group":
        # `x()[0]` and `a[0][1]` are subscripts; a lambda may follow an attribute or `if (...)`.
        return index > 1 and is_text(nodes[index - 2], *CONTROL_WORDS)
    if is_text(before, "&", "&&") and index > 1:
        return not is_text(nodes[index - 2], "auto")  # a structured binding
    return before.kind == "punctuation" and before.text != ">"


def lambda_body(nodes, index):
    for body in range(index + 1, len(nodes)):
        if is_text(nodes[body], ";"):
            break
        if is_group(nodes[body], "{"):
            return body
    return None


def is_block(nodes, index, statement, in_block):
    """Tell a block (of statements, of a class) from a braced initialiser."""
    # Whatever stands before it, a macro perhaps, what holds statements is a block.
    if any(is_text(node, ";", "return", "co_return", *CONTROL_WORDS) for node in nodes[index].children):
        return True
    before = nodes[index - 1] if index else None
    header = nodes[statement:index]
    if not in_block:
        return any(is_text(node, "requires") for node in header)
    if index == statement or is_text(before, ":", *BLOCK_WORDS):
        return True
    if is_group(before, "("):
        return not (len(header) > 1 and is_text(header[-2], "decltype", "typeof"))
    if is_group(before, "{"):
        return before.role == "init"  # the body of a constructor, behind its member initialisers
    return declares_type(header) or has_function_tail(header)


def declares_type(header):
    """`struct X : Y`, `namespace a::b`, `extern "C"`: what comes before their braces."""
    for position, node in enumerate(header):
        if is_text(node, "extern") and position + 1 < len(header) and header[position + 1].kind == "string":
            return True
        if is_text(node, *TYPE_WORDS) and not any(
            is_text(later, "=", ";")
            or (is_group(later, "(") and not is_text(header[at - 1], "alignas", "__attribute__", "__declspec"))
            for at, later in enumerate(header)
            if at > position
        ):
            return True
    return False


def has_function_tail(header):
    """`f() -> type`, `f() &`, `f() requires C<T>`: what may stand between a parameter list and its body."""
    for position in range(len(header) - 1, 0, -1):
        node, before = header[position], header[position - 1]
        if is_text(node, "="):
            return False
        if is_text(node, "requires"):
            return True
        if is_text(node, "->") and (is_group(before, "(") or is_text(before, *BLOCK_WORDS)):
            return True
        if is_text(node, "&", "&&") and position == len(header) - 1 and is_group(before, "("):
            return True
    return False
