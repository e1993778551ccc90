// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string_view>

#include "corochain/core/export.hpp"

namespace corochain {

/// A mistake in an f-string template.
enum class TemplateProblem {
  none,
  /// `"{name"`
  unclosed_brace,
  /// `"name}"`
  single_close_brace,
  /// `"{}"`
  empty_name,
  /// `"{x.y}"` or `"{x[0]}"`
  attribute,
  /// `"{x:.2f}"`
  format_spec,
  /// `"{x!r}"`
  conversion,
  /// `"{0}"`, `"{ x }"`, `{"a": 1}`
  not_a_name,
};
COROCHAIN_EXPORT const char* to_string(TemplateProblem problem) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, TemplateProblem problem);

/// One chunk of a template: literal text, a variable's name, or a problem. An escaped brace is a chunk of its
/// own.
struct TemplateChunk {
  enum class Kind { text, variable, problem, end };
  Kind kind = Kind::end;
  /// The text or the name.
  std::string_view text;
  TemplateProblem problem = TemplateProblem::none;
  /// The first byte of the chunk or the problem, counted from 1.
  std::size_t column = 0;
};
/// The former name.
using TemplatePiece = TemplateChunk;

/// Reads Python's f-string form as LangChain's prompts use it: {{ and }} are braces, {name} is a variable, a
/// name is an ASCII identifier, and nothing else may stand between braces. Usable in constant expressions.
class TemplateScanner {
 public:
  constexpr explicit TemplateScanner(std::string_view text) : text_(text) {}

  constexpr TemplateChunk next() {
    if (at_ >= text_.size()) return {};
    const std::size_t start = at_;
    const char c = text_[at_];
    if (c != '{' && c != '}') {
      while (at_ < text_.size() && text_[at_] != '{' && text_[at_] != '}') ++at_;
      return chunk(TemplateChunk::Kind::text, start, start, at_);
    }
    if (at_ + 1 < text_.size() && text_[at_ + 1] == c) {
      at_ += 2;
      return chunk(TemplateChunk::Kind::text, start, start, start + 1);
    }
    if (c == '}') return fail(TemplateProblem::single_close_brace, start);
    std::size_t end = start + 1;
    while (end < text_.size() && text_[end] != '}' && text_[end] != '{') ++end;
    if (end == text_.size()) return fail(TemplateProblem::unclosed_brace, start);
    const auto problem =
        text_[end] == '{' ? TemplateProblem::not_a_name : check(text_.substr(start + 1, end - start - 1));
    if (problem != TemplateProblem::none) return fail(problem, start);
    at_ = end + 1;
    return chunk(TemplateChunk::Kind::variable, start, start + 1, end);
  }

 private:
  static constexpr bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }
  static constexpr bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

  static constexpr TemplateProblem check(std::string_view name) {
    if (name.empty()) return TemplateProblem::empty_name;
    if (!starts_name(name[0])) return TemplateProblem::not_a_name;
    for (const char c : name) {
      if (in_name(c)) continue;
      if (c == '.' || c == '[') return TemplateProblem::attribute;
      if (c == ':') return TemplateProblem::format_spec;
      if (c == '!') return TemplateProblem::conversion;
      return TemplateProblem::not_a_name;
    }
    return TemplateProblem::none;
  }

  constexpr TemplateChunk chunk(TemplateChunk::Kind kind, std::size_t column, std::size_t from,
                                std::size_t to) const {
    return {kind, text_.substr(from, to - from), TemplateProblem::none, column + 1};
  }
  constexpr TemplateChunk fail(TemplateProblem problem, std::size_t column) {
    at_ = text_.size();
    return {TemplateChunk::Kind::problem, {}, problem, column + 1};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// True if a template is valid: `static_assert(cc::is_valid_template("Hello {name}"))`.
constexpr bool is_valid_template(std::string_view text) {
  TemplateScanner scanner(text);
  for (;;) {
    const TemplateChunk chunk = scanner.next();
    if (chunk.kind == TemplateChunk::Kind::end) return true;
    if (chunk.kind == TemplateChunk::Kind::problem) return false;
  }
}

}  // namespace corochain
