// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/prompts/messages_placeholder.hpp"

#include "codec/template_formatter.hpp"
#include "corochain/core/error.hpp"

// The place of several messages in a prompt. chat_prompt_template.cpp fills it; this file only checks its
// name.
namespace corochain {
namespace {

/// Whether `text` is a valid name of a variable in templates.
/// Asks the reader of templates instead of having the rule twice: a name is valid if "{name}" is a template
/// with this one variable.
bool is_name(const std::string& text) {
  try {
    const codec::template_formatter whole('{' + text + '}', 0);
    return whole.variables().size() == 1 && whole.variables().front() == text;
  } catch (const PromptError&) {
    return false;
  }
}

}  // namespace

MessagesPlaceholder::MessagesPlaceholder(std::string variable_name, bool optional,
                                         std::optional<std::size_t> n_messages)
    : name_(std::move(variable_name)), optional_(optional), most_(n_messages) {
  if (!is_name(name_)) throw PromptError("the name of a messages placeholder must be an ASCII identifier");
}

MessagesPlaceholder MessagesPlaceholder::from_text(const std::string& text) {
  // "{}" passes here. Its name is empty, which the constructor refuses.
  if (text.size() < 2 || text.front() != '{' || text.back() != '}')
    throw PromptError(
        "a placeholder is given as the name of a variable in braces: {\"placeholder\", \"{history}\"}");
  // The constructor checks what stands between the braces.
  return MessagesPlaceholder(text.substr(1, text.size() - 2), true);
}

}  // namespace corochain
