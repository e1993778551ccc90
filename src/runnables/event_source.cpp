// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/event_source.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include "concurrency/run_context.hpp"
#include "corochain/concurrency/detail/merge_channel.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/detail/opened_source.hpp"

// `astream_events`: a call that is streamed for its events. A listener in the run puts each event into a
// channel, and the consumer takes it out there. The call waits after each chunk until the events so far are
// taken, so the channel holds those of one chunk.
namespace corochain::detail {
namespace asio = boost::asio;
namespace {

using events = sender<RunEvent>;

/// Puts every event into the stream, inside the run.
class event_tap final : public CallbackHandler {
 public:
  event_tap(events out, asio::any_io_executor serial) : out_(std::move(out)), serial_(std::move(serial)) {}
  void on_event(const RunEvent& event) override {
    // Runs at once on the run's own executor; an event of a step that works elsewhere is posted to it.
    asio::dispatch(serial_, [out = out_, event] {
      try {
        out.push(event);
      } catch (const CancelledError&) {  // the consumer has gone
      }
    });
  }
  bool run_inline() const noexcept override { return true; }

 private:
  events out_;
  asio::any_io_executor serial_;
};

class taken final : public events_taken {
 public:
  explicit taken(events out) : out_(std::move(out)) {}
  awaitable<void> wait() override { return out_.drained(); }

 private:
  events out_;
};

awaitable<void> produce(events out, std::shared_ptr<eventful_call> call, RunConfig config) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const call_context context = context_on(here);
  config.callback(std::make_shared<event_tap>(out, context.state()->run->serial));
  auto waits = std::make_shared<taken>(out);
  const configured below(context, config, config_role::given);
  co_await below.watched(call->run(below.context(), std::move(waits)));
}

class event_source final : public chunk_source<RunEvent> {
 public:
  event_source(const call_context& context, std::shared_ptr<eventful_call> call, RunConfig config)
      : events_(context, hand_over::all) {
    events_.add(produce(events_.out(), std::move(call), std::move(config)));
  }
  awaitable<std::optional<RunEvent>> next() override { return events_.next(); }
  bool take_ready(std::optional<RunEvent>& slot) override { return events_.take_ready(slot); }
  void stop() noexcept override { events_.stop(); }
  bool next_ends_by_stop() const noexcept override { return true; }
  awaitable<void> close() override { return events_.close(); }

 private:
  merge_channel<RunEvent> events_;
};

}  // namespace

eventful_call::~eventful_call() = default;

namespace {
class opened_events final : public opened_source<RunEvent> {
 public:
  opened_events(std::shared_ptr<eventful_call> call, RunConfig config)
      : call_(std::move(call)), config_(std::move(config)) {}

 private:
  chunk_source_ptr<RunEvent> open(call_context context) override {
    return std::make_unique<event_source>(context, std::move(call_), std::move(config_));
  }
  std::shared_ptr<eventful_call> call_;
  RunConfig config_;
};
}  // namespace

chunk_source_ptr<RunEvent> make_event_source(std::shared_ptr<eventful_call> call, RunConfig config) {
  return std::make_unique<opened_events>(std::move(call), std::move(config));
}

}  // namespace corochain::detail
