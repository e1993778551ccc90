// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstdint>
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

/// Who speaks. On the wire: system, user, assistant, tool.
enum class Role { system, human, ai, tool };

/// "system", "human", "ai", "tool".
COROCHAIN_EXPORT std::string_view to_string(Role role) noexcept;
/// Understands system, human, user, ai, assistant and tool; everything else is a `PromptError`.
COROCHAIN_EXPORT Role role_from(std::string_view name);

/// One message of a conversation. UTF-8 text.
class COROCHAIN_EXPORT Message {
 public:
  Message(Role role, std::string content);
  /// `{"human", text}`; the names are those of `role_from`, whose error it throws.
  template <class S>
  requires std::convertible_to<const S&, std::string_view> Message(const S& role, std::string content)
      : Message(role_from(role), std::move(content)) {}
  Message(const Message& other);
  Message(Message&& other) noexcept;
  Message& operator=(const Message& other);
  Message& operator=(Message&& other) noexcept;
  ~Message();

  static Message system(std::string content);
  static Message human(std::string content);
  static Message ai(std::string content);
  /// An answer of the model's that asks for tools.
  static Message ai(std::string content, std::vector<ToolCall> tool_calls);
  /// The answer to the tool call that the model named `tool_call_id`.
  static Message tool(std::string tool_call_id, std::string content);

  Role role() const noexcept { return role_; }
  const std::string& content() const noexcept { return content_; }
  /// Empty unless the role is tool.
  const std::string& tool_call_id() const noexcept { return tool_call_id_; }
  /// Empty unless the role is ai.
  const std::vector<ToolCall>& tool_calls() const noexcept { return tool_calls_; }

  friend COROCHAIN_EXPORT bool operator==(const Message& a, const Message& b);

 private:
  Role role_;
  std::string content_;
  std::string tool_call_id_;
  std::vector<ToolCall> tool_calls_;
};

/// What a chat model takes: a conversation, oldest message first. Made from text (one human message), from one to
/// eight messages in braces, or from a vector.
class COROCHAIN_EXPORT Messages {
 public:
  using const_iterator = const Message*;

  Messages();
  template <class S>
  requires std::convertible_to<const S&, std::string_view> Messages(const S& text)
      : Messages(from_text{}, std::string_view(text)) {}
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

  /// "System: ...\nHuman: ...", one message a line, as LangChain's `get_buffer_string` writes it.
  std::string to_text() const;

  friend COROCHAIN_EXPORT bool operator==(const Messages& a, const Messages& b);

 private:
  struct from_text {};
  struct from_vector {};
  Messages(from_text, std::string_view text);
  Messages(from_vector, std::vector<Message>& messages);

  std::vector<Message> messages_;
};

/// What a chat model answers.
struct COROCHAIN_EXPORT AIMessage {
  AIMessage();
  explicit AIMessage(std::string text);
  AIMessage(const AIMessage& other);
  AIMessage(AIMessage&& other) noexcept;
  AIMessage& operator=(const AIMessage& other);
  AIMessage& operator=(AIMessage&& other) noexcept;
  ~AIMessage();

  std::string content;        ///< the text; empty where the provider sent null
  std::string refusal;        ///< why the model declined, if it did
  std::string id;             ///< the provider's id of this completion
  std::string model;          ///< the model that answered, as the provider names it
  std::string finish_reason;  ///< stop, length, tool_calls, content_filter, or tomorrow's text; may be empty
  std::string system_fingerprint;      ///< as sent
  std::string service_tier;            ///< as sent
  std::vector<ToolCall> tool_calls;    ///< that the model asks for
  std::vector<TokenLogprob> logprobs;  ///< of the answer's tokens, if asked for
  std::vector<Choice> other_choices;   ///< where several answers were asked for, all but this one
  std::optional<Usage> usage;          ///< absent when the provider sent none
  std::string request_id;              ///< `x-request-id` or `apim-request-id`
  std::string region;                  ///< `x-ms-region`
  std::optional<std::chrono::milliseconds> processing;  ///< `openai-processing-ms`: the server's own time
  std::optional<std::int64_t> remaining_requests;       ///< `x-ratelimit-remaining-requests`
  std::optional<std::int64_t> remaining_tokens;         ///< `x-ratelimit-remaining-tokens`

  /// For the next turn of the conversation.
  Message to_message() const;
};

}  // namespace corochain
