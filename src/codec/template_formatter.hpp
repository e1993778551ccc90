// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "corochain/core/dict.hpp"

// The run-time half of prompt templates. `prompts/` makes one for each message of a template and formats it
// in each call; the grammar is in `core/template_grammar.hpp`, which also checks templates at compile time.
namespace corochain::codec {

/// One message's template, parsed once: texts with variables between them. Immutable, so that concurrent
/// calls may share it.
class template_formatter {
 public:
  /// Throws a `PromptError` with `message_index` and the column of the fault.
  template_formatter(std::string_view text, std::size_t message_index);

  /// The variables, in the order in which they occur, with repetitions.
  const std::vector<std::string>& variables() const noexcept { return variables_; }

  /// Fills the variables in. All of them must be in `values`. Inserted text is never scanned again. The
  /// prompt has checked the names before, with an error that lists all missing ones.
  std::string format(const Dict& values) const;
  /// Fills every variable with the same text. For a prompt with one variable that is given a text instead of
  /// a dictionary.
  std::string fill_all(std::string_view value) const;

 private:
  // One more than there are variables.
  std::vector<std::string> texts_;
  std::vector<std::string> variables_;
};

}  // namespace corochain::codec
