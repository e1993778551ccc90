// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/template_grammar.hpp"

#include <ostream>

#include "core/enum_name.hpp"

// The scanner itself is constexpr and in the header; the names of its problems are for people.
namespace corochain {

const char* to_string(TemplateProblem problem) noexcept {
  return detail::name_of<TemplateProblem::not_a_name>(
      problem, {"none", "unclosed_brace", "single_close_brace", "empty_name", "attribute", "format_spec",
                "conversion", "not_a_name"});
}
std::ostream& operator<<(std::ostream& out, TemplateProblem problem) { return out << to_string(problem); }

}  // namespace corochain
