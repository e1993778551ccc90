// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/choice.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/usage.hpp"

namespace corochain {

/// The author of a message. On the wire: system, user, assistant, tool.
enum class Role { system, human, ai, tool };

/// The enumerator's name: "system", "human", "ai", "tool".
COROCHAIN_EXPORT std::string_view to_string(Role role) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, Role role);
/// Reads system, human, user, ai, assistant and tool. Throws a `PromptError` for any other name.
COROCHAIN_EXPORT Role role_from(std::string_view name);

/// One message of a conversation. UTF-8 text.
class COROCHAIN_EXPORT Message {
 public:
  Message(Role role, std::string content);
  /// `{"human", text}`. Reads the role with `role_from` and throws its error.
  template <class S>
    requires std::convertible_to<const S&, std::string_view>
  Message(const S& role, std::string content) : Message(role_from(role), std::move(content)) {}
  Message(const Message& other);
  Message(Message&& other) noexcept;
  Message& operator=(const Message& other);
  Message& operator=(Message&& other) noexcept;
  ~Message();

  static Message system(std::string content);
  static Message human(std::string content);
  static Message ai(std::string content);
  /// An answer of the model that asks for tools.
  static Message ai(std::string content, std::vector<ToolCall> tool_calls);
  /// The answer to the tool call that the model named `tool_call_id`.
  static Message tool(std::string tool_call_id, std::string content);

  Role role() const noexcept { return role_; }
  const std::string& content() const noexcept { return content_; }
  /// Empty unless the role is tool.
  const std::string& tool_call_id() const noexcept { return tool_call_id_; }
  /// Empty unless the role is ai.
  const std::vector<ToolCall>& tool_calls() const noexcept { return tool_calls_; }

  friend bool operator==(const Message&, const Message&) = default;
  /// Writes author and content, "Human: ...", and the calls of tools.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const Message& message);

 private:
  Role role_;
  std::string content_;
  std::string tool_call_id_;
  std::vector<ToolCall> tool_calls_;
};

/// The input of a chat model: a conversation, oldest message first. Made from text (one human message), from
/// one to eight messages in braces, or from a vector.
class COROCHAIN_EXPORT Messages {
 public:
  using const_iterator = const Message*;

  Messages();
  template <class S>
    requires std::convertible_to<const S&, std::string_view>
  Messages(const S& text) : Messages(from_text{}, std::string_view(text)) {}
  Messages(Message a);
  Messages(Message a, Message b);
  Messages(Message a, Message b, Message c);
  Messages(Message a, Message b, Message c, Message d);
  Messages(Message a, Message b, Message c, Message d, Message e);
  Messages(Message a, Message b, Message c, Message d, Message e, Message f);
  Messages(Message a, Message b, Message c, Message d, Message e, Message f, Message g);
  Messages(Message a, Message b, Message c, Message d, Message e, Message f, Message g, Message h);
  template <std::same_as<std::vector<Message>> V>
  Messages(V messages) : Messages(from_vector{}, messages) {}
  Messages(const Messages& other);
  Messages(Messages&& other) noexcept;
  Messages& operator=(const Messages& other);
  Messages& operator=(Messages&& other) noexcept;
  ~Messages();

  Messages& add(Message message);
  std::size_t size() const noexcept;
  bool empty() const noexcept { return size() == 0; }
  const Message& operator[](std::size_t index) const;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;

  /// The conversation as text, "System: ...\nHuman: ...": one message a line, as LangChain's
  /// `get_buffer_string` writes it.
  std::string to_text() const;

  friend bool operator==(const Messages&, const Messages&) = default;
  /// Writes one message a line.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const Messages& messages);

 private:
  struct from_text {};
  struct from_vector {};
  Messages(from_text, std::string_view text);
  Messages(from_vector, std::vector<Message>& messages);

  std::vector<Message> messages_;
};

namespace detail {

/// Its name says in the compiler's message what to write.
struct write_content_or_put_StrOutputParser_behind;

/// The fields that an answer has once, in however many chunks it comes: the base of `AIMessage` and of
/// `AIMessageChunk`.
struct COROCHAIN_EXPORT answer_metadata {
  answer_metadata() = default;

  /// The provider's id of this completion.
  std::string id;
  /// The model that answered, as the provider names it.
  std::string model;
  /// stop, length, tool_calls, content_filter, or a text that the provider adds later. May be empty.
  std::string finish_reason;
  /// The provider's value, unchanged.
  std::string system_fingerprint;
  /// The provider's value, unchanged.
  std::string service_tier;
  /// Absent if the provider sent none.
  std::optional<Usage> usage;
  /// The header `x-request-id` or `apim-request-id`.
  std::string request_id;
  /// The header `x-ms-region`.
  std::string region;
  /// The header `openai-processing-ms`: the time that the server took.
  std::optional<std::chrono::milliseconds> processing;
  /// The header `x-ratelimit-remaining-requests`.
  std::optional<std::int64_t> remaining_requests;
  /// The header `x-ratelimit-remaining-tokens`.
  std::optional<std::int64_t> remaining_tokens;

  friend bool operator==(const answer_metadata&, const answer_metadata&) = default;
};

}  // namespace detail

/// The answer of a chat model.
struct COROCHAIN_EXPORT AIMessage : detail::answer_metadata {
  AIMessage();
  explicit AIMessage(std::string text);
  AIMessage(const AIMessage& other);
  AIMessage(AIMessage&& other) noexcept;
  AIMessage& operator=(const AIMessage& other);
  AIMessage& operator=(AIMessage&& other) noexcept;
  ~AIMessage();

  /// The text; empty if the provider sent null.
  std::string content;
  /// The reason why the model declined, if it did.
  std::string refusal;
  /// The calls of tools that the model asks for.
  std::vector<ToolCall> tool_calls;
  /// The probabilities of the answer's tokens, if they were asked for.
  std::vector<TokenLogprob> logprobs;
  /// All answers but this one, if several were asked for.
  std::vector<Choice> other_choices;
  /// This answer as a message, for the next turn of the conversation.
  Message to_message() const;
  /// An answer is more than its text: write `answer.content`, or put a `StrOutputParser` behind the model.
  template <std::same_as<std::string> Text, class Hint = detail::write_content_or_put_StrOutputParser_behind>
  operator Text() const = delete;

  friend bool operator==(const AIMessage&, const AIMessage&) = default;
  /// Writes the content, and in brackets the refusal and the calls of tools.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const AIMessage& message);
};

}  // namespace corochain
