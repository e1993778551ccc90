// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/fake_chat_model.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "concurrency/run_clock.hpp"
#include "corochain/core/error.hpp"
#include "corochain/models/detail/chat_model_step.hpp"

namespace corochain::testing {

FakeReply::FakeReply() : message_("a fake answer") {}
FakeReply::FakeReply(std::string text) : message_(std::move(text)) {}
FakeReply::FakeReply(AIMessage message) : message_(std::move(message)) {}
FakeReply FakeReply::failure(std::exception_ptr error) {
  FakeReply reply;
  reply.error_ = std::move(error);
  return reply;
}

class FakeChatModel::step final : public corochain::detail::chat_model_step,
                                  public std::enable_shared_from_this<FakeChatModel::step> {
 public:
  step(script replies, std::optional<VirtualTime> time)
      : replies_(std::move(replies)), time_(std::move(time)) {}

  const char* name() const noexcept override { return "FakeChatModel"; }

  std::shared_ptr<const corochain::detail::chat_model_step> with_call_options(
      const ChatCallOptions& options) const override;
  awaitable<void> call(Messages input, const call_context& context,
                       std::optional<AIMessage>& answer) const override {
    return call_with(std::move(input), ChatCallOptions(), context, answer);
  }
  awaitable<void> call_with(Messages input, ChatCallOptions options, const call_context& context,
                            std::optional<AIMessage>& answer) const {
    const presence here(*this);
    const FakeReply reply = begin(std::move(input), std::move(options));
    if (time_) {
      co_await time_->sleep(reply.delay());
    } else if (reply.delay() > reply.delay().zero()) {
      const bool slept = co_await corochain::detail::sleep_for(context, reply.delay());
      if (!slept) throw CancelledError("the fake model's call was cancelled");
    }
    if (reply.error()) std::rethrow_exception(reply.error());
    answer.emplace(reply.message());
  }

  mutable std::mutex mutex;
  mutable std::size_t in_flight = 0;
  mutable std::size_t max_in_flight = 0;
  mutable std::vector<Messages> received;
  mutable std::vector<ChatCallOptions> received_options;

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

  FakeReply begin(Messages input, ChatCallOptions options) const {
    {
      const std::lock_guard lock(mutex);
      received.push_back(input);
      received_options.push_back(std::move(options));
    }
    // The script has a mutex of its own, because it may read the model's counts.
    const std::lock_guard lock(script_mutex_);
    return replies_(input);
  }

  mutable std::mutex script_mutex_;
  script replies_;
  std::optional<VirtualTime> time_;
};

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

 private:
  std::shared_ptr<const FakeChatModel::step> model_;
  ChatCallOptions options_;
};

std::shared_ptr<const corochain::detail::chat_model_step> FakeChatModel::step::with_call_options(
    const ChatCallOptions& options) const {
  return std::make_shared<const bound_step>(shared_from_this(), options);
}

namespace {
FakeChatModel::script in_turn(std::vector<FakeReply> replies) {
  if (replies.empty()) throw std::invalid_argument("a FakeChatModel needs at least one reply");
  return [replies = std::move(replies), next = std::size_t{0}](const Messages&) mutable {
    return replies[next++ % replies.size()];
  };
}
}  // namespace

FakeChatModel::FakeChatModel(ListArg<FakeReply> replies, std::optional<VirtualTime> time)
    : FakeChatModel(in_turn(std::move(replies).take()), std::move(time)) {}
FakeChatModel::FakeChatModel(script replies, std::optional<VirtualTime> time)
    : FakeChatModel(std::make_shared<const step>(std::move(replies), std::move(time))) {}
FakeChatModel::FakeChatModel(std::shared_ptr<const step> made) : ChatModel(std::move(made)) {}

const FakeChatModel::step& FakeChatModel::fake() const noexcept {
  return static_cast<const step&>(*ChatModel::step());
}

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
