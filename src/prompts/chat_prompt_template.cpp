// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/prompts/chat_prompt_template.hpp"

#include <algorithm>
#include <optional>

#include "codec/template_formatter.hpp"
#include "corochain/core/error.hpp"

namespace corochain {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ", ";
    list += '\'' + name + '\'';
  }
  return list;
}

class prompt_step final : public detail::immediate_step<Dict, Messages> {
 public:
  explicit prompt_step(const few<MessageTemplate>& messages) {
    for (const MessageTemplate& message : messages) {
      if (message.verbatim()) {
        parts_.emplace_back(message.message());
        continue;
      }
      const auto& added =
          parts_.emplace_back(message.role(), codec::template_formatter(message.text(), parts_.size()));
      for (const std::string& name : added.text->variables())
        if (std::find(variables_.begin(), variables_.end(), name) == variables_.end())
          variables_.push_back(name);
    }
  }

  RunType run_type() const noexcept override { return RunType::prompt; }
  const char* name() const noexcept override { return "ChatPromptTemplate"; }
  Messages apply(Dict input) const override { return format(input); }

  Messages format(const Dict& input) const {
    check(input);
    const std::string* const bare = input.bare_text();
    std::vector<Message> messages;
    messages.reserve(parts_.size());
    for (const part& each : parts_) {
      if (each.message)
        messages.push_back(*each.message);
      else
        messages.emplace_back(each.role, bare ? each.text->fill_all(*bare) : each.text->format(input));
    }
    return messages;
  }

  const std::vector<std::string>& variables() const noexcept { return variables_; }

 private:
  struct part {
    explicit part(Message verbatim) : role(verbatim.role()), message(std::move(verbatim)) {}
    part(Role speaker, codec::template_formatter formatter) : role(speaker), text(std::move(formatter)) {}
    Role role;
    std::optional<codec::template_formatter> text;
    std::optional<Message> message;
  };

  /// Text fills the one variable; a Dict must have them all.
  void check(const Dict& input) const {
    std::vector<std::string> missing;
    if (input.bare_text()) {
      if (variables_.size() == 1) return;
      ErrorDetails details;
      details.expected = variables_;
      throw PromptError(
          "the prompt was given bare text, which fills a prompt of one variable, but this one's variables "
          "are " +
              quoted_list(variables_) + "; give the values by name",
          std::move(details));
    }
    for (const std::string& name : variables_)
      if (!input.contains(name)) missing.push_back(name);
    if (missing.empty()) return;
    ErrorDetails details;
    details.expected = variables_;
    details.received = input.names();
    std::string message = "the prompt is missing variables " + quoted_list(missing) + "; expected " +
                          quoted_list(details.expected) + "; received " + quoted_list(details.received) +
                          ". If {" + missing.front() +
                          "} was meant as text, escape it with double braces: {{" + missing.front() + "}}";
    throw PromptError(std::move(message), std::move(details));
  }

  std::vector<part> parts_;
  std::vector<std::string> variables_;
};

const prompt_step& step_of(const ChatPromptTemplate& prompt) {
  return static_cast<const prompt_step&>(*prompt.step());
}

}  // namespace

MessageTemplate::MessageTemplate(Role role, std::string text) : role_(role), text_(std::move(text)) {}
MessageTemplate::MessageTemplate(Message message)
    : role_(message.role()), verbatim_(true), message_(1, std::move(message)) {}
MessageTemplate::MessageTemplate(const MessageTemplate& other) = default;
MessageTemplate::MessageTemplate(MessageTemplate&& other) noexcept = default;
MessageTemplate& MessageTemplate::operator=(const MessageTemplate& other) = default;
MessageTemplate& MessageTemplate::operator=(MessageTemplate&& other) noexcept = default;
MessageTemplate::~MessageTemplate() = default;

const std::string& MessageTemplate::text() const noexcept {
  return verbatim_ ? message_.front().content() : text_;
}
const Message& MessageTemplate::message() const { return message_.front(); }

ChatPromptTemplate ChatPromptTemplate::from_messages(few<MessageTemplate> messages) {
  if (messages.empty()) throw PromptError("a prompt needs at least one message");
  return ChatPromptTemplate(std::make_shared<prompt_step>(messages));
}

ChatPromptTemplate ChatPromptTemplate::from_template(std::string text) {
  return from_messages(few<MessageTemplate>(MessageTemplate(Role::human, std::move(text))));
}

const std::vector<std::string>& ChatPromptTemplate::input_variables() const noexcept {
  return step_of(*this).variables();
}

Messages ChatPromptTemplate::format_messages(Dict values) const { return step_of(*this).format(values); }

}  // namespace corochain
