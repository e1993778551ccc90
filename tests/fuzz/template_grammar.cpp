// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Templates: the chunks are the text, doubled braces come back single, and problems lie where they are said
// to lie.
#include "corochain/core/template_grammar.hpp"

#include "codec/template_formatter.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

std::string with_doubled_braces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '{' || c == '}') out += c;
  }
  return out;
}

bool is_name(std::string_view text) {
  return !text.empty() && (text[0] < '0' || text[0] > '9') &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
             std::string_view::npos;
}

/// The template put together again from its chunks; nothing where it has a problem.
std::optional<std::string> chunks_of(std::string_view text) {
  TemplateScanner scanner(text);
  std::string again;
  for (;;) {
    const TemplateChunk chunk = scanner.next();
    if (chunk.kind == TemplateChunk::Kind::end) return again;
    require(chunk.column == again.size() + 1, "a chunk begins where the one before has ended");
    switch (chunk.kind) {
      case TemplateChunk::Kind::text: again += with_doubled_braces(chunk.text); break;
      case TemplateChunk::Kind::variable:
        require(is_name(chunk.text), "a variable has a name");
        again.append("{").append(chunk.text).append("}");
        break;
      default:
        require(chunk.problem != TemplateProblem::none, "a problem is one");
        require(scanner.next().kind == TemplateChunk::Kind::end, "nothing follows a problem");
        return std::nullopt;
    }
  }
}

}  // namespace

/// A template and a value.
void one_input(std::string_view input) {
  const auto part = fields(input, 2, 2);
  const std::string_view text = part[0];
  const std::optional<std::string> again = chunks_of(text);
  require(again.has_value() == is_valid_template(text), "a template is sound or has a problem");
  require(!again || *again == text, "the chunks are the template");
  require(codec::template_formatter(with_doubled_braces(text), 0).fill_all("x") == text,
          "doubled braces come back single");
  try {
    const codec::template_formatter formatter(text, 3);
    require(again.has_value(), "a template with a problem is refused");
    Dict values;
    for (const std::string& name : formatter.variables()) values.set(name, std::string(part[1]));
    require(formatter.format(values) == formatter.fill_all(part[1]), "both ways fill in the same");
    require(formatter.fill_all("").size() + formatter.variables().size() * part[1].size() ==
                formatter.fill_all(part[1]).size(),
            "what is inserted is not read again");
  } catch (const PromptError& error) {
    require(!again, "a sound template is taken");
    require(error.message_index() == 3u && error.column() >= 1u && error.column() <= text.size(),
            "an error says where");
    require(is_plain(error.what()) && !may_quote(error.what()), "an error quotes nothing");
  }
}

}  // namespace corochain::fuzz
