// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/template_formatter.hpp"

#include "corochain/core/error.hpp"
#include "corochain/core/template_grammar.hpp"

// The errors of templates are written for people that know f-strings of Python: each says how to write here
// the thing that they tried.
namespace corochain::codec {
namespace {

const char* advice(TemplateProblem problem) {
  switch (problem) {
    case TemplateProblem::unclosed_brace: return "a '{' is never closed; write '{{' for a brace that is text";
    case TemplateProblem::single_close_brace: return "a single '}'; write '}}' for a brace that is text";
    case TemplateProblem::empty_name:
      return "'{}' names no variable; write '{name}', or '{{}}' for braces that are text";
    case TemplateProblem::attribute:
      return "a variable is a plain name, without '.' or '['; put the part you mean into a variable of its "
             "own";
    case TemplateProblem::format_spec:
      return "format specs such as '{x:.2f}' are not supported; format the value first and give the text "
             "(and write '{{' and '}}' for braces that are text, as around JSON)";
    case TemplateProblem::conversion:
      return "conversions such as '{x!r}' are not supported; format the value first and give the text";
    case TemplateProblem::not_a_name:
      return "the text between braces is no plain name (letters, digits and '_', not beginning with a "
             "digit); write '{{' and '}}' for braces that are text, as around JSON";
    case TemplateProblem::none: break;
  }
  return "";
}

}  // namespace

template_formatter::template_formatter(std::string_view text, std::size_t message_index) {
  TemplateScanner scanner(text);
  texts_.emplace_back();
  for (;;) {
    const TemplateChunk chunk = scanner.next();
    switch (chunk.kind) {
      case TemplateChunk::Kind::end: return;
      case TemplateChunk::Kind::text: texts_.back() += chunk.text; break;
      case TemplateChunk::Kind::variable:
        variables_.emplace_back(chunk.text);
        texts_.emplace_back();
        break;
      case TemplateChunk::Kind::problem: {
        ErrorDetails details;
        details.message_index = message_index;
        details.column = chunk.column;
        throw PromptError("prompt template, message " + std::to_string(message_index) + ", column " +
                              std::to_string(chunk.column) + ": " + advice(chunk.problem),
                          std::move(details));
      }
    }
  }
}

std::string template_formatter::format(const Dict& values) const {
  std::string out = texts_[0];
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const Value& value = values.at(variables_[i]);
    // Most values are texts, which need no copy by `to_text`.
    if (const auto* text = value.get_if<std::string>())
      out += *text;
    else
      out += value.to_text();
    out += texts_[i + 1];
  }
  return out;
}

std::string template_formatter::fill_all(std::string_view value) const {
  std::string out = texts_[0];
  for (std::size_t i = 0; i < variables_.size(); ++i) (out += value) += texts_[i + 1];
  return out;
}

}  // namespace corochain::codec
