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
#include "corochain/core/list_arg.hpp"
#include "corochain/core/message.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/testing/virtual_time.hpp"

namespace corochain::testing {

/// The behaviour of a fake model in one call: it waits, then answers or throws.
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
  /// Sets the time that the call takes before it answers or fails.
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
/// Delays run on a `VirtualTime` if one is given, else on the clock of the run that calls it. Copies share
/// script and counts. Safe to use from any number of threads, unless it waits on a `VirtualTime`.
class COROCHAIN_EXPORT FakeChatModel : public ChatModel {
 public:
  using script = std::function<FakeReply(const Messages&)>;

  /// Gives the same reply to every call: `FakeChatModel model("an answer")`.
  /// A template, so that braces mean the list below.
  template <std::convertible_to<FakeReply> R>
  explicit FakeChatModel(R reply, std::optional<VirtualTime> time = std::nullopt)
      : FakeChatModel(ListArg<FakeReply>(FakeReply(std::move(reply))), std::move(time)) {}
  /// Gives the replies in the order of the calls. Starts again with the first reply after the last.
  explicit FakeChatModel(ListArg<FakeReply> replies, std::optional<VirtualTime> time = std::nullopt);
  /// Calls a function for each reply. A call throws what the function throws. One thread at a time calls the
  /// function.
  explicit FakeChatModel(script replies, std::optional<VirtualTime> time = std::nullopt);

  /// The number of calls that have begun.
  std::size_t calls() const;
  /// The number of calls that have begun and not ended.
  std::size_t in_flight() const;
  /// The highest number of calls that were in flight at the same time.
  std::size_t max_in_flight() const;
  /// The input of each call, in the order in which the calls began.
  std::vector<Messages> received() const;
  /// The options that were bound to the model of each call. Models that `bind` returns share script and
  /// counts.
  std::vector<ChatCallOptions> received_options() const;

 private:
  class step;
  class bound_step;
  explicit FakeChatModel(std::shared_ptr<const step> made);
  const step& fake() const noexcept;
};

}  // namespace corochain::testing
