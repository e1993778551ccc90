// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/core/message.hpp"
#include "corochain/prompts/messages_placeholder.hpp"
#include "corochain/runnables/runnable.hpp"
#include "corochain/runnables/sequence.hpp"

namespace corochain {

/// A role and a template, `{"human", "{question}"}`; or a message that is taken as it is; or the place of
/// several messages.
class COROCHAIN_EXPORT MessageTemplate {
 public:
  MessageTemplate(Role role, std::string text);
  /// Reads the role's name with `role_from` and throws its `PromptError`; "placeholder" is a valid name, too.
  template <class S>
    requires std::convertible_to<const S&, std::string_view>
  MessageTemplate(const S& role, std::string text) : MessageTemplate(of_name(role, std::move(text))) {}
  /// A message that is taken as it is: braces in it are text.
  MessageTemplate(Message message);
  /// A place for several messages: see `MessagesPlaceholder`.
  MessageTemplate(MessagesPlaceholder place);
  MessageTemplate(const MessageTemplate& other);
  MessageTemplate(MessageTemplate&& other) noexcept;
  MessageTemplate& operator=(const MessageTemplate& other);
  MessageTemplate& operator=(MessageTemplate&& other) noexcept;
  ~MessageTemplate();

  Role role() const noexcept { return role_; }
  const std::string& text() const noexcept;
  bool verbatim() const noexcept { return verbatim_; }
  /// The message that is taken as it is; call it only if `verbatim()`.
  const Message& message() const;
  /// Null if the template is one message.
  const MessagesPlaceholder* placeholder() const noexcept;

 private:
  static MessageTemplate of_name(std::string_view role, std::string text);

  Role role_;
  bool verbatim_ = false;
  std::string text_;
  std::vector<Message> message_;
  std::vector<MessagesPlaceholder> place_;
};

/// Makes a conversation from templates and values: a `Runnable<Dict, Messages>`.
///
/// Templates are f-strings: {name} is a variable, a name is an ASCII identifier, {{ and }} are braces. Other
/// text between braces is a `PromptError` at construction, with the message's index and the column. Values
/// without a variable are ignored. A variable without a value is a `PromptError` that lists the expected and
/// the received names. Inserted values are never scanned again. Immutable; safe to use from any number of
/// threads.
class COROCHAIN_EXPORT ChatPromptTemplate : public Runnable<Dict, Messages> {
 public:
  static ChatPromptTemplate from_messages(ListArg<MessageTemplate> messages);
  /// Makes a prompt of one human message.
  static ChatPromptTemplate from_template(std::string text);

  /// The names of the variables, each once, in order of their first occurrence, without those of optional
  /// placeholders.
  const std::vector<std::string>& input_variables() const noexcept;
  /// Makes the messages without a run.
  Messages format_messages(Dict values) const;

 private:
  using Runnable::Runnable;
};

}  // namespace corochain
