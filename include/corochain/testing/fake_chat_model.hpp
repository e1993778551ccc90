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

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/core/message.hpp"
#include "corochain/core/usage.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/testing/virtual_time.hpp"

namespace corochain::testing {

/// The behaviour of a fake model in one call: it waits, gives its chunks, then ends or throws.
///
/// A call without a stream takes as long as the stream would, and gives or throws the same. Setters change
/// this object and return it. One object may not be changed while another thread uses it.
class COROCHAIN_EXPORT FakeReply {
 public:
  using duration = std::chrono::steady_clock::duration;

  FakeReply();
  FakeReply(std::string text);
  FakeReply(const char* text) : FakeReply(std::string(text)) {}
  FakeReply(AIMessage message);

  /// Streams these texts, each in a chunk of its own.
  static FakeReply stream(ListArg<std::string> texts);
  /// Streams these chunks, for chunks that hold more than text. A call without a stream gets their sum.
  static FakeReply stream(ListArg<AIMessageChunk> chunks);
  /// Asks for these tools, with the finish_reason "tool_calls". The stream has two chunks for each call: one
  /// with id and name, one with the arguments.
  static FakeReply tool_calls(ListArg<ToolCall> calls);

  /// Throws the exception type that belongs to `kind`, with `details`. If they have no HTTP status, the error
  /// has the one with which services answer such a request: 429 for `ErrorKind::rate_limit`.
  ///
  /// Its `attempts()` are empty unless `details` have some, so `with_retry` takes it for a failure that no
  /// client has tried to mend.
  static FakeReply failure(ErrorKind kind, ErrorDetails details = ErrorDetails());
  /// Throws `error` (not null).
  static FakeReply failure(std::exception_ptr error);
  template <class E>
  static FakeReply failure(E error) {
    return failure(std::make_exception_ptr(std::move(error)));
  }

  /// Sets the time that the call takes before it gives its first chunk or fails. Negative is zero.
  FakeReply& after(duration wait) {
    delay_ = wait;
    return *this;
  }
  /// Sets the time between two chunks, and between the last one and a failure. Negative is zero.
  FakeReply& chunk_interval(duration wait) {
    interval_ = wait;
    return *this;
  }
  /// Fails when the chunks have been given. The arguments are those of `failure`. An error made by its kind
  /// holds the text of the chunks, as an error of the client does: `TruncatedError::partial_text()`.
  template <class... E>
  FakeReply& then_fail(E... error) {
    return fail_like(failure(std::move(error)...));
  }
  /// Sets the wait that the error advises, its `retry_after()`. Throws `std::logic_error` if the reply does
  /// not fail with an error made by its kind.
  FakeReply& retry_after(duration advice);
  /// Sets the usage of the answer. In a stream the last chunk has it.
  FakeReply& usage(const Usage& tokens);

  /// The whole answer.
  const AIMessage& message() const noexcept { return message_; }
  /// The chunks of the answer, one or more. None if the reply fails at once.
  const std::vector<AIMessageChunk>& chunks() const noexcept { return chunks_; }
  /// The exception that is thrown behind the chunks. Null if the reply does not fail.
  std::exception_ptr error() const;
  duration delay() const noexcept { return delay_; }
  duration chunk_interval() const noexcept { return interval_; }

 private:
  FakeReply& fail_like(FakeReply failure);

  AIMessage message_;
  std::vector<AIMessageChunk> chunks_;
  // At most one of the two is set.
  std::exception_ptr error_;
  std::optional<ErrorKind> kind_;
  ErrorDetails details_;
  duration delay_{};
  duration interval_{};
};

/// A chat model that needs no network: a `Runnable<Messages, AIMessage>` that answers from a script.
///
///     FakeChatModel fake;
///     fake.fail(ErrorKind::rate_limit).retry_after(2s);                        // the first call
///     fake.answer("Hello.").after(1h).usage({.input_tokens = 9});              // the second
///     fake.answer(FakeReply::stream({"He", "llo."})).chunk_interval(1s);       // and so on
///     auto chain = prompt | fake | StrOutputParser();
///
/// Delays pass on a `VirtualTime` if one is given, else on the clock of the run that calls it. So inside
/// `VirtualTime::run` they take no time. A call adds its usage and one attempt to the record of a `query`
/// around it. Cancelling a call ends its wait at once, with a `CancelledError`.
///
/// Copies share script and counts. Safe to use from any number of threads, unless it waits on a
/// `VirtualTime`.
class COROCHAIN_EXPORT FakeChatModel : public ChatModel {
 public:
  using script = std::function<FakeReply(const Messages&)>;

  /// A model without replies: `answer` and `fail` add them. A call throws `std::logic_error` until there is
  /// one.
  FakeChatModel();
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

  /// Adds a reply behind the others. Returns it, so that its setters can follow; the reference is valid as
  /// long as the model or a copy of it, and is not to be used once a call may take the reply. Throws
  /// `std::logic_error` if the model calls a function for its replies.
  FakeReply& answer(FakeReply reply);
  /// Adds a reply that fails: `answer(FakeReply::failure(...))`.
  template <class... E>
  FakeReply& fail(E... error) {
    return answer(FakeReply::failure(std::move(error)...));
  }

  /// The number of calls that have begun. A stream begins with its first chunk.
  std::size_t calls() const;
  /// The number of calls that have begun and not ended. A stream ends with its last chunk, or when its object
  /// is destroyed before.
  std::size_t in_flight() const;
  /// The highest number of calls that were in flight at the same time.
  std::size_t max_in_flight() const;
  /// The input of each call, in the order in which the calls began: what a prompt made of its variables.
  std::vector<Messages> received() const;
  /// The options that were bound to the model of each call. Models that `bind` returns share script and
  /// counts.
  std::vector<ChatCallOptions> received_options() const;

 private:
  class step;
  class bound_step;
  class call_under_way;
  class source;
  explicit FakeChatModel(std::shared_ptr<const step> made);
  const step& fake() const noexcept;
};

}  // namespace corochain::testing
