// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/core/few.hpp"
#include "corochain/core/message.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/testing/virtual_time.hpp"

namespace corochain::testing {

/// What a fake model does with one call: waits, then answers or throws.
class COROCHAIN_EXPORT FakeReply {
 public:
  FakeReply();
  FakeReply(std::string text);
  FakeReply(const char* text) : FakeReply(std::string(text)) {}
  FakeReply(AIMessage message);
  /// Throws `error` (not null).
  static FakeReply failure(std::exception_ptr error);
  template <class E>
  static FakeReply failure(E error) {
    return failure(std::make_exception_ptr(std::move(error)));
  }
  /// How long the call takes before it answers or fails.
  FakeReply& after(std::chrono::steady_clock::duration wait) {
    delay_ = wait;
    return *this;
  }

  const AIMessage& message() const noexcept { return message_; }
  const std::exception_ptr& error() const noexcept { return error_; }
  std::chrono::steady_clock::duration delay() const noexcept { return delay_; }

 private:
  AIMessage message_;
  std::exception_ptr error_;
  std::chrono::steady_clock::duration delay_{};
};

/// A chat model that needs no network: a `Runnable<Messages, AIMessage>` that answers from a script.
///
/// Delays are waited for on a `VirtualTime` if one is given, else by the wall clock. Copies share script and counts.
/// Safe to use from any number of threads, unless it waits on a `VirtualTime`.
class COROCHAIN_EXPORT FakeChatModel : public ChatModel {
 public:
  using script = std::function<FakeReply(const Messages&)>;

  /// Gives the same reply to every call: `FakeChatModel model("an answer")`.
  /// A template, so that braces mean the list below.
  template <std::convertible_to<FakeReply> R>
  explicit FakeChatModel(R reply, std::optional<VirtualTime> time = std::nullopt)
      : FakeChatModel(few<FakeReply>(FakeReply(std::move(reply))), std::move(time)) {}
  /// Gives the replies in the order of the calls, and begins anew when they are used up.
  explicit FakeChatModel(few<FakeReply> replies, std::optional<VirtualTime> time = std::nullopt);
  /// Asks a function for each call's reply; what it throws, the call throws. It is called by one thread at a time.
  explicit FakeChatModel(script replies, std::optional<VirtualTime> time = std::nullopt);

  std::size_t calls() const;               ///< that began
  std::size_t in_flight() const;           ///< that have begun and not ended
  std::size_t max_in_flight() const;       ///< the most that were in flight at once
  std::vector<Messages> received() const;  ///< what each call was given, in the order in which they began
  /// The options that were bound to the model that each call was made with; models that `bind` gives share the rest.
  std::vector<ChatCallOptions> received_options() const;

 private:
  class step;
  class bound_step;
  explicit FakeChatModel(std::shared_ptr<const step> made);
  const step& fake() const noexcept;
};

}  // namespace corochain::testing
