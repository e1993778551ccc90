// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/fake_chat_model.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <mutex>
#include <stdexcept>

#include "concurrency/run_clock.hpp"
#include "concurrency/run_context.hpp"
#include "corochain/core/result.hpp"
#include "corochain/models/detail/chat_model_step.hpp"
#include "observability/call_log.hpp"

// A model in the place of a service. Its replies are values; a call takes the next one, waits on the clock of
// its run, and gives the chunks of the reply. A call without a stream is a stream whose chunks nobody sees,
// so both take the same time and fail at the same point.
namespace corochain::testing {

namespace {

/// The HTTP status with which a service refuses a request; 0 for failures without an answer.
int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_request:
    case ErrorKind::context_length:
    case ErrorKind::content_filter: return 400;
    case ErrorKind::authentication: return 401;
    case ErrorKind::permission_denied: return 403;
    case ErrorKind::not_found: return 404;
    case ErrorKind::conflict: return 409;
    case ErrorKind::unprocessable_entity: return 422;
    case ErrorKind::rate_limit:
    case ErrorKind::quota_exceeded: return 429;
    case ErrorKind::server: return 500;
    default: return 0;
  }
}

}  // namespace

FakeReply::FakeReply() : FakeReply("a fake answer") {}
FakeReply::FakeReply(std::string text) : FakeReply(AIMessage(std::move(text))) {}
FakeReply::FakeReply(AIMessage message) : message_(std::move(message)), chunks_{AIMessageChunk(message_)} {}

FakeReply FakeReply::stream(ListArg<std::string> texts) {
  std::vector<AIMessageChunk> chunks;
  for (const std::string& text : texts) chunks.emplace_back(text);
  return stream(std::move(chunks));
}

FakeReply FakeReply::stream(ListArg<AIMessageChunk> chunks) {
  if (chunks.empty()) throw std::invalid_argument("a FakeReply needs at least one chunk");
  AIMessageChunk sum;
  for (const AIMessageChunk& chunk : chunks) sum += chunk;
  FakeReply reply(std::move(sum).whole());
  reply.chunks_ = std::move(chunks).take();
  return reply;
}

FakeReply FakeReply::tool_calls(ListArg<ToolCall> calls) {
  std::vector<AIMessageChunk> chunks;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ToolCallChunk& begin = chunks.emplace_back().tool_call_chunks.emplace_back();
    begin.index = i;
    begin.id = calls[i].id;
    begin.name = calls[i].name;
    ToolCallChunk& rest = chunks.emplace_back().tool_call_chunks.emplace_back();
    rest.index = i;
    rest.arguments = calls[i].arguments;
  }
  if (!chunks.empty()) chunks.back().finish_reason = "tool_calls";
  return stream(std::move(chunks));
}

FakeReply FakeReply::failure(ErrorKind kind, ErrorDetails details) {
  FakeReply reply;
  reply.chunks_.clear();
  reply.kind_ = kind;
  reply.details_ = std::move(details);
  if (reply.details_.http_status == 0) reply.details_.http_status = status_of(kind);
  return reply;
}

FakeReply FakeReply::failure(std::exception_ptr error) {
  FakeReply reply;
  reply.chunks_.clear();
  reply.error_ = std::move(error);
  return reply;
}

FakeReply& FakeReply::fail_like(FakeReply failure) {
  error_ = std::move(failure.error_);
  kind_ = failure.kind_;
  details_ = std::move(failure.details_);
  // The answer began well: its status says nothing about the failure.
  if (!chunks_.empty()) details_.http_status = 200;
  if (details_.text.empty())
    for (const AIMessageChunk& chunk : chunks_) details_.text += chunk.content;
  return *this;
}

FakeReply& FakeReply::retry_after(duration advice) {
  if (!kind_) throw std::logic_error("only a FakeReply that fails with an error kind can have a retry_after");
  details_.retry_after = advice;
  return *this;
}

FakeReply& FakeReply::usage(const Usage& tokens) {
  message_.usage = tokens;
  if (!chunks_.empty()) chunks_.back().usage = tokens;
  return *this;
}

std::exception_ptr FakeReply::error() const {
  if (!kind_) return error_;
  return make_error(*kind_, std::string("the fake model failed as its script says: ") + to_string(*kind_),
                    details_);
}

class FakeChatModel::step final : public corochain::detail::chat_model_step,
                                  public std::enable_shared_from_this<FakeChatModel::step> {
 public:
  step(script function, std::vector<FakeReply> replies, std::optional<VirtualTime> time)
      : function_(std::move(function)),
        replies_(std::make_move_iterator(replies.begin()), std::make_move_iterator(replies.end())),
        time_(std::move(time)) {}

  const char* name() const noexcept override { return "FakeChatModel"; }
  streaming_mode streaming() const override { return streaming_mode::makes; }

  std::shared_ptr<const corochain::detail::chat_model_step> with_call_options(
      const ChatCallOptions& options) const override;
  awaitable<void> call(Messages input, const call_context& context,
                       std::optional<AIMessage>& answer) const override {
    return call_with(std::move(input), ChatCallOptions(), context, answer);
  }
  chunk_source_of<AIMessage> stream(Messages input, call_context context) const override {
    return stream_with(std::move(input), ChatCallOptions(), std::move(context));
  }
  awaitable<void> call_with(Messages input, ChatCallOptions options, const call_context& context,
                            std::optional<AIMessage>& answer) const;
  chunk_source_of<AIMessage> stream_with(Messages input, ChatCallOptions options, call_context context) const;

  FakeReply& add(FakeReply reply) const {
    const std::lock_guard lock(script_mutex_);
    if (function_) throw std::logic_error("this FakeChatModel calls a function for its replies; add none");
    return replies_.emplace_back(std::move(reply));
  }

  FakeReply begin(Messages input, ChatCallOptions options) const {
    {
      const std::lock_guard lock(mutex);
      received.push_back(input);
      received_options.push_back(std::move(options));
    }
    // The script has a mutex of its own, because a function may read the model's counts.
    const std::lock_guard lock(script_mutex_);
    if (function_) return function_(input);
    if (replies_.empty()) throw std::logic_error("the FakeChatModel has no reply; add one with answer()");
    if (next_ == replies_.size()) next_ = 0;
    return replies_[next_++];
  }

  awaitable<void> wait(FakeReply::duration length, const call_context& context) const {
    if (time_) {
      co_await time_->sleep(length);
    } else if (length > length.zero()) {
      const bool slept = co_await corochain::detail::sleep_for(context, length);
      if (!slept) throw CancelledError("the fake model's call was cancelled");
    }
  }

  mutable std::mutex mutex;
  mutable std::size_t in_flight = 0;
  mutable std::size_t max_in_flight = 0;
  mutable std::vector<Messages> received;
  mutable std::vector<ChatCallOptions> received_options;

 private:
  mutable std::mutex script_mutex_;
  // If it is empty, the replies are taken in turn.
  script function_;
  // A deque, because `answer` returns references to its elements.
  mutable std::deque<FakeReply> replies_;
  mutable std::size_t next_ = 0;
  std::optional<VirtualTime> time_;
};

/// One call of the model, streamed or not. It is in flight from its begin until its last chunk is given or it
/// is left.
class FakeChatModel::call_under_way {
 public:
  call_under_way(const step& model, Messages input, ChatCallOptions options, call_context context)
      : model_(model), here_(std::in_place, model), context_(std::move(context)) {
    reply_ = model.begin(std::move(input), std::move(options));
  }

  /// Gives the next chunk after its wait, and nothing at the end. Throws the failure of the reply.
  awaitable<std::optional<AIMessageChunk>> next() {
    std::optional<AIMessageChunk> chunk;
    const bool all_given = given_ == reply_.chunks().size();
    const std::exception_ptr error = all_given ? reply_.error() : nullptr;
    if (!all_given || error) {
      const auto length = given_ == 0 ? reply_.delay() : reply_.chunk_interval();
      co_await model_.wait(length, context_);
    }
    if (!all_given)
      chunk = reply_.chunks()[given_++];
    else
      record(error);
    // As at a server: what is sent is done, whenever the consumer takes it.
    if (given_ == reply_.chunks().size() && !reply_.error()) here_.reset();
    if (error) std::rethrow_exception(error);
    co_return chunk;
  }
  const AIMessage& message() const noexcept { return reply_.message(); }

 private:
  struct presence {
    explicit presence(const step& model) : owner(model) {
      const std::lock_guard lock(owner.mutex);
      owner.max_in_flight = std::max(owner.max_in_flight, ++owner.in_flight);
    }
    ~presence() {
      const std::lock_guard lock(owner.mutex);
      --owner.in_flight;
    }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    const step& owner;
  };

  /// Tells a `query` around the call what it cost, as a client does.
  void record(const std::exception_ptr& error) const {
    const auto& log = context_.state()->log;
    if (!log) return;
    corochain::detail::call_record made;
    AttemptRecord attempt;
    attempt.status = 200;
    if (error) {
      const Failure failure(error);
      attempt.status = failure.http_status();
      attempt.retry_after = failure.retry_after();
      attempt.error = failure.message();
    } else {
      made.usage = message().usage.value_or(Usage());
      made.model = message().model;
      made.request_id = message().request_id;
    }
    attempt.request_id = made.request_id;
    made.attempts.push_back(std::move(attempt));
    log->add(std::move(made));
  }

  const step& model_;
  std::optional<presence> here_;
  const call_context context_;
  FakeReply reply_;
  std::size_t given_ = 0;
};

/// The stream of a call. The call begins with the first `next()`.
class FakeChatModel::source final : public chunk_source<AIMessageChunk> {
 public:
  source(const step& model, Messages input, ChatCallOptions options, call_context context)
      : model_(model), input_(std::move(input)), options_(std::move(options)), context_(std::move(context)) {}

  awaitable<std::optional<AIMessageChunk>> next() override {
    if (!call_) call_.emplace(model_, std::move(input_), std::move(options_), context_);
    std::optional<AIMessageChunk> chunk;
    try {
      chunk = co_await call_->next();
    } catch (...) {
      call_.reset();
      throw;
    }
    if (!chunk) call_.reset();
    co_return chunk;
  }
  // Cancelling `next` ends its wait.
  void stop() noexcept override {}

 private:
  const step& model_;
  Messages input_;
  ChatCallOptions options_;
  call_context context_;
  std::optional<call_under_way> call_;
};

awaitable<void> FakeChatModel::step::call_with(Messages input, ChatCallOptions options,
                                               const call_context& context,
                                               std::optional<AIMessage>& answer) const {
  call_under_way call(*this, std::move(input), std::move(options), context);
  for (;;) {
    const std::optional<AIMessageChunk> given = co_await call.next();
    if (!given) break;
  }
  answer.emplace(call.message());
}

chunk_source_of<AIMessage> FakeChatModel::step::stream_with(Messages input, ChatCallOptions options,
                                                            call_context context) const {
  return std::make_unique<source>(*this, std::move(input), std::move(options), std::move(context));
}

/// The model with options bound to it. It shares script and counts.
class FakeChatModel::bound_step final : public corochain::detail::chat_model_step {
 public:
  bound_step(std::shared_ptr<const FakeChatModel::step> model, ChatCallOptions options)
      : model_(std::move(model)), options_(std::move(options)) {}
  const char* name() const noexcept override { return model_->name(); }
  std::shared_ptr<const corochain::detail::chat_model_step> with_call_options(
      const ChatCallOptions& options) const override {
    return std::make_shared<const bound_step>(model_, options);
  }
  awaitable<void> call(Messages input, const call_context& context,
                       std::optional<AIMessage>& answer) const override {
    return model_->call_with(std::move(input), options_, context, answer);
  }
  streaming_mode streaming() const override { return model_->streaming(); }
  chunk_source_of<AIMessage> stream(Messages input, call_context context) const override {
    return model_->stream_with(std::move(input), options_, std::move(context));
  }

 private:
  std::shared_ptr<const FakeChatModel::step> model_;
  ChatCallOptions options_;
};

std::shared_ptr<const corochain::detail::chat_model_step> FakeChatModel::step::with_call_options(
    const ChatCallOptions& options) const {
  return std::make_shared<const bound_step>(shared_from_this(), options);
}

namespace {
std::vector<FakeReply> at_least_one(ListArg<FakeReply> replies) {
  if (replies.empty()) throw std::invalid_argument("a FakeChatModel needs at least one reply");
  return std::move(replies).take();
}
}  // namespace

FakeChatModel::FakeChatModel()
    : FakeChatModel(std::make_shared<const step>(nullptr, std::vector<FakeReply>(), std::nullopt)) {}
FakeChatModel::FakeChatModel(ListArg<FakeReply> replies, std::optional<VirtualTime> time)
    : FakeChatModel(
          std::make_shared<const step>(nullptr, at_least_one(std::move(replies)), std::move(time))) {}
FakeChatModel::FakeChatModel(script replies, std::optional<VirtualTime> time)
    : FakeChatModel(
          std::make_shared<const step>(std::move(replies), std::vector<FakeReply>(), std::move(time))) {}
FakeChatModel::FakeChatModel(std::shared_ptr<const step> made) : ChatModel(std::move(made)) {}

const FakeChatModel::step& FakeChatModel::fake() const noexcept {
  return static_cast<const step&>(*ChatModel::step());
}

FakeReply& FakeChatModel::answer(FakeReply reply) { return fake().add(std::move(reply)); }

std::size_t FakeChatModel::calls() const {
  const std::lock_guard lock(fake().mutex);
  return fake().received.size();
}
std::size_t FakeChatModel::in_flight() const {
  const std::lock_guard lock(fake().mutex);
  return fake().in_flight;
}
std::size_t FakeChatModel::max_in_flight() const {
  const std::lock_guard lock(fake().mutex);
  return fake().max_in_flight;
}
std::vector<ChatCallOptions> FakeChatModel::received_options() const {
  const std::lock_guard lock(fake().mutex);
  return fake().received_options;
}
std::vector<Messages> FakeChatModel::received() const {
  const std::lock_guard lock(fake().mutex);
  return fake().received;
}

}  // namespace corochain::testing
