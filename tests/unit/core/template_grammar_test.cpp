// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/template_grammar.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/broken_input.hpp"

namespace corochain::template_grammar_test {
namespace {

using Kind = TemplateChunk::Kind;

constexpr TemplateChunk first_problem(std::string_view text) {
  TemplateScanner scanner(text);
  for (;;) {
    const TemplateChunk chunk = scanner.next();
    if (chunk.kind == Kind::problem || chunk.kind == Kind::end) return chunk;
  }
}
constexpr TemplateProblem problem_of(std::string_view text) { return first_problem(text).problem; }
constexpr std::size_t column_of(std::string_view text) { return first_problem(text).column; }

// All of it works in constant expressions.
static_assert(is_valid_template(""));
static_assert(is_valid_template("Hello {name}, {{not a variable}} {_1}"));
static_assert(is_valid_template("{a}{b}") && is_valid_template("}}{{"));
static_assert(!is_valid_template("{"));
static_assert(!is_valid_template("{\"a\": 1}"));
static_assert(problem_of("{name") == TemplateProblem::unclosed_brace);
static_assert(problem_of("name}") == TemplateProblem::single_close_brace);
static_assert(problem_of("{}") == TemplateProblem::empty_name);
static_assert(problem_of("{x.y}") == TemplateProblem::attribute);
static_assert(problem_of("{x[0]}") == TemplateProblem::attribute);
static_assert(problem_of("{x:.2f}") == TemplateProblem::format_spec);
static_assert(problem_of("{x!r}") == TemplateProblem::conversion);
static_assert(problem_of("{0}") == TemplateProblem::not_a_name);
static_assert(problem_of("{ x }") == TemplateProblem::not_a_name);
static_assert(problem_of("{a} fine {{ too }}") == TemplateProblem::none);
static_assert(column_of("abc {") == 5 && column_of("}") == 1);

std::vector<std::pair<Kind, std::string>> chunks(std::string_view text) {
  std::vector<std::pair<Kind, std::string>> all;
  TemplateScanner scanner(text);
  for (TemplateChunk chunk = scanner.next(); chunk.kind != Kind::end; chunk = scanner.next())
    all.emplace_back(chunk.kind, chunk.text);
  return all;
}

using expected = std::vector<std::pair<Kind, std::string>>;

TEST(template_grammar, cuts_a_template_into_text_and_names) {
  EXPECT_EQ(chunks(""), expected());
  EXPECT_EQ(chunks("text"), (expected{{Kind::text, "text"}}));
  EXPECT_EQ(chunks("{a}"), (expected{{Kind::variable, "a"}}));
  EXPECT_EQ(
      chunks("x {a}{b_2} y"),
      (expected{{Kind::text, "x "}, {Kind::variable, "a"}, {Kind::variable, "b_2"}, {Kind::text, " y"}}));
}

TEST(template_grammar, reads_doubled_braces_as_text) {
  EXPECT_EQ(chunks("{{"), (expected{{Kind::text, "{"}}));
  EXPECT_EQ(chunks("}}"), (expected{{Kind::text, "}"}}));
  EXPECT_EQ(chunks("{{{{"), (expected{{Kind::text, "{"}, {Kind::text, "{"}}));
  EXPECT_EQ(chunks("{{x}}"), (expected{{Kind::text, "{"}, {Kind::text, "x"}, {Kind::text, "}"}}));
  EXPECT_EQ(chunks("{{{x}}}"), (expected{{Kind::text, "{"}, {Kind::variable, "x"}, {Kind::text, "}"}}));
}

TEST(template_grammar, gives_the_column_of_every_chunk) {
  TemplateScanner scanner("ab{{{cd}é{e}");
  for (const std::size_t column : {1u, 3u, 5u, 9u, 11u}) EXPECT_EQ(scanner.next().column, column);
  EXPECT_EQ(scanner.next().kind, Kind::end);
}

TEST(template_grammar, finds_every_problem_where_it_begins) {
  struct example {
    std::string_view text;
    TemplateProblem problem;
    std::size_t column;
  };
  for (const auto& [text, problem, column] : {
           example{"{", TemplateProblem::unclosed_brace, 1},
           example{"a {name", TemplateProblem::unclosed_brace, 3},
           example{"{{{", TemplateProblem::unclosed_brace, 3},
           example{"a}", TemplateProblem::single_close_brace, 2},
           example{"{{}", TemplateProblem::single_close_brace, 3},
           example{"{x}}", TemplateProblem::single_close_brace, 4},
           example{"{a} {}", TemplateProblem::empty_name, 5},
           example{"{x.y}", TemplateProblem::attribute, 1},
           example{"{x[0]}", TemplateProblem::attribute, 1},
           example{"{x:>5}", TemplateProblem::format_spec, 1},
           example{"{x:}", TemplateProblem::format_spec, 1},
           example{"{x!r}", TemplateProblem::conversion, 1},
           example{"{0}", TemplateProblem::not_a_name, 1},
           example{"{1a}", TemplateProblem::not_a_name, 1},
           example{"{ x}", TemplateProblem::not_a_name, 1},
           example{"{x }", TemplateProblem::not_a_name, 1},
           example{"{x-y}", TemplateProblem::not_a_name, 1},
           example{"{a\nb}", TemplateProblem::not_a_name, 1},
           example{"{größe}", TemplateProblem::not_a_name, 1},
           example{"{x{y}}", TemplateProblem::not_a_name, 1},
           example{"json: {\"a\": 1}", TemplateProblem::not_a_name, 7},
           example{"größe {", TemplateProblem::unclosed_brace, 9},  // bytes, not characters
       }) {
    EXPECT_EQ(problem_of(text), problem) << text;
    EXPECT_EQ(column_of(text), column) << text;
    EXPECT_FALSE(is_valid_template(text)) << text;
  }
}

TEST(template_grammar, ends_after_a_problem) {
  TemplateScanner scanner("{} {x}");
  EXPECT_EQ(scanner.next().kind, Kind::problem);
  EXPECT_EQ(scanner.next().kind, Kind::end);
  EXPECT_EQ(scanner.next().kind, Kind::end);
}

TEST(template_grammar, ends_on_any_input_and_stays_within_it) {
  constexpr std::string_view valid = "a {name} {{x}} é {b}";
  const auto scan = [](std::string_view text) {
    std::size_t read = 0;
    TemplateScanner scanner(text);
    for (TemplateChunk chunk = scanner.next(); chunk.kind != Kind::end; chunk = scanner.next()) {
      ASSERT_GE(chunk.column, 1u);
      ASSERT_LE(chunk.column, text.size());
      ASSERT_LE(++read, text.size());
    }
  };
  test::for_each_prefix(valid, scan);
  test::for_each_changed_byte(valid, scan);
}

}  // namespace
}  // namespace corochain::template_grammar_test
