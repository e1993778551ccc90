// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/prompts/chat_prompt_template.hpp"

#include <algorithm>
#include <variant>

#include "codec/template_formatter.hpp"
#include "core/quoted_list.hpp"
#include "corochain/core/error.hpp"

// Prompts: templates in, messages out. Everything that can be wrong with a template is found when it is made;
// a call only fills values in. The f-string form itself is read by codec's template_formatter.
namespace corochain {
namespace {

/// The step behind a ChatPromptTemplate. Immutable, so any number of calls may share it. It never waits, so
/// it is an immediate step and needs no coroutine.
class prompt_step final : public detail::immediate_step<Dict, Messages> {
 public:
  /// Throws the PromptError of the first template that is invalid, with the index of its message.
  explicit prompt_step(const ListArg<MessageTemplate>& messages) {
    for (const MessageTemplate& message : messages) {
      if (const auto* place = message.placeholder()) {
        parts_.emplace_back(*place);
        if (!place->optional()) add_variable(place->variable_name());
      } else if (message.verbatim()) {
        parts_.emplace_back(message.message());
      } else {
        // The number of parts so far is the index of this message.
        codec::template_formatter text(message.text(), parts_.size());
        for (const std::string& name : text.variables()) add_variable(name);
        parts_.emplace_back(text_part{message.role(), std::move(text)});
      }
    }
  }

  RunType run_type() const noexcept override { return RunType::prompt; }
  const char* name() const noexcept override { return "ChatPromptTemplate"; }
  Messages apply(Dict&& input) const override { return format(input); }

  /// Fills the templates in. A Dict made from bare text has no names: its text fills the one variable
  /// wherever it occurs.
  Messages format(const Dict& input) const {
    check(input);
    const std::string* const bare = input.bare_text();
    std::vector<Message> messages;
    messages.reserve(parts_.size());
    for (std::size_t index = 0; index < parts_.size(); ++index) {
      if (const auto* place = std::get_if<MessagesPlaceholder>(&parts_[index])) {
        add_messages(messages, *place, index, input);
      } else if (const auto* message = std::get_if<Message>(&parts_[index])) {
        messages.push_back(*message);
      } else {
        const auto& [role, text] = std::get<text_part>(parts_[index]);
        // Text that is filled in is not scanned for braces again: it may come from users.
        messages.emplace_back(role, bare ? text.fill_all(*bare) : text.format(input));
      }
    }
    return messages;
  }

  const std::vector<std::string>& variables() const noexcept { return variables_; }

 private:
  /// A template of text and the author of its message.
  struct text_part {
    Role role;
    codec::template_formatter text;
  };

  /// Keeps each name once, in the order of its first occurrence: `input_variables` shows them to users.
  void add_variable(const std::string& name) {
    if (std::find(variables_.begin(), variables_.end(), name) == variables_.end()) variables_.push_back(name);
  }

  /// Appends the messages of a placeholder, or the last few of them if it asks for that.
  static void add_messages(std::vector<Message>& to, const MessagesPlaceholder& place, std::size_t index,
                           const Dict& input) {
    const std::string& name = place.variable_name();
    // Bare text fills the one variable. It is no value of an optional placeholder.
    if (input.bare_text() && place.optional()) return;
    const Value* const value = input.bare_text() ? nullptr : input.find(name);
    // A placeholder that is not optional is refused below, with the type that it was given.
    if (!value && place.optional()) return;
    // A single Message or a list is refused, too: a history is always Messages, and guessing would hide a
    // value that was given under a wrong name.
    const auto* messages = value ? value->get_if<Messages>() : nullptr;
    if (!messages) {
      ErrorDetails details;
      details.message_index = index;
      throw PromptError("the placeholder '" + name + "' takes Messages, but was given " +
                            (value ? value->type_name() : "text"),
                        std::move(details));
    }
    const std::size_t most = std::min(place.n_messages().value_or(messages->size()), messages->size());
    to.insert(to.end(), messages->end() - static_cast<std::ptrdiff_t>(most), messages->end());
  }

  /// Checks that text has one variable to fill, or that a Dict has a value for each variable.
  void check(const Dict& input) const {
    if (input.bare_text()) {
      // Text has no name, so it fits only where there is no choice.
      if (variables_.size() == 1) return;
      ErrorDetails details;
      details.expected = variables_;
      throw PromptError(
          "the prompt was given bare text, which fills a prompt of one variable, but this one's variables "
          "are " +
              detail::quoted_list(variables_) + "; give the values by name",
          std::move(details));
    }
    // All missing names are collected, so that a user corrects them in one go.
    std::vector<std::string> missing;
    for (const std::string& name : variables_)
      if (!input.contains(name)) missing.push_back(name);
    if (missing.empty()) return;
    ErrorDetails details;
    details.expected = variables_;
    details.received = input.names();
    std::string message = "the prompt is missing variables " + detail::quoted_list(missing) + "; expected " +
                          detail::quoted_list(details.expected) + "; received " +
                          detail::quoted_list(details.received) + ". If {" + missing.front() +
                          "} was meant as text, escape it with double braces: {{" + missing.front() + "}}";
    throw PromptError(std::move(message), std::move(details));
  }

  std::vector<std::variant<text_part, Message, MessagesPlaceholder>> parts_;
  // The variables that a call must give, without those of optional placeholders.
  std::vector<std::string> variables_;
};

/// The prompt's own functions need more than a Runnable knows of its step. The constructors of
/// ChatPromptTemplate make no other step.
const prompt_step& step_of(const ChatPromptTemplate& prompt) {
  return static_cast<const prompt_step&>(*prompt.step());
}

}  // namespace

// MessageTemplate is the form in which users write a part of a prompt. It only holds what it was given;
// prompt_step reads it.
MessageTemplate::MessageTemplate(Role role, std::string text) : role_(role), text_(std::move(text)) {}
MessageTemplate::MessageTemplate(Message message)
    : role_(message.role()), verbatim_(true), message_(1, message) {}
MessageTemplate::MessageTemplate(MessagesPlaceholder place)
    : role_(Role::human), text_(place.variable_name()), place_(1, place) {}
// Compiled here once, since each file of a program with a prompt copies its templates.
MessageTemplate::MessageTemplate(const MessageTemplate& other) = default;
MessageTemplate::MessageTemplate(MessageTemplate&& other) noexcept = default;
MessageTemplate& MessageTemplate::operator=(const MessageTemplate& other) = default;
MessageTemplate& MessageTemplate::operator=(MessageTemplate&& other) noexcept = default;
MessageTemplate::~MessageTemplate() = default;

MessageTemplate MessageTemplate::of_name(std::string_view role, std::string text) {
  // LangChain's short form of an optional placeholder.
  if (role == "placeholder") return MessageTemplate(MessagesPlaceholder::from_text(text));
  return MessageTemplate(role_from(role), std::move(text));
}

/// For a placeholder it is the name of its variable.
const std::string& MessageTemplate::text() const noexcept {
  return verbatim_ ? message_.front().content() : text_;
}
const Message& MessageTemplate::message() const { return message_.front(); }
const MessagesPlaceholder* MessageTemplate::placeholder() const noexcept {
  return place_.empty() ? nullptr : &place_.front();
}

/// An empty prompt would make an empty conversation, which every service refuses.
ChatPromptTemplate ChatPromptTemplate::from_messages(ListArg<MessageTemplate> messages) {
  if (messages.empty()) throw PromptError("a prompt needs at least one message");
  return ChatPromptTemplate(std::make_shared<prompt_step>(messages));
}

// The same function of LangChain makes one human message, too.
ChatPromptTemplate ChatPromptTemplate::from_template(std::string text) {
  return from_messages(ListArg<MessageTemplate>(MessageTemplate(Role::human, std::move(text))));
}

const std::vector<std::string>& ChatPromptTemplate::input_variables() const noexcept {
  return step_of(*this).variables();
}

// Calls the step directly: no run, so no events and no deadline.
Messages ChatPromptTemplate::format_messages(Dict values) const { return step_of(*this).format(values); }

}  // namespace corochain
