// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/result_queue.hpp"

#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include "concurrency/permit_wait.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/shutdown_registry.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

// The producers' side of the queue, which needs coroutines; the values themselves are moved in the header.
// A producer waits in two steps. First it waits for the consumer, without a permit, so that other work has
// room. Then it waits for its permit, as every task that returns.

/// A coroutine that waits for the consumer, and then for its permit.
struct result_queue_base::waiting_producer final : permit_wait {
  /// The permit of the waiting task.
  held_permit held{};
  /// Whether it waits until the consumer asks for more, not only until all is taken.
  bool for_request = false;
  /// Whether its wait for the consumer is over, or a cancel came.
  bool left = false;
};

/// The producers that wait for the consumer. They have no operation outstanding: only this object holds their
/// handlers.
class result_queue_base::waiting_producers final : public shutdown_listener {
 public:
  static std::shared_ptr<waiting_producers> on(const asio::any_io_executor& serial) {
    auto made = std::make_shared<waiting_producers>();
    made->listen_to(asio::query(serial, asio::execution::context), made);
    return made;
  }

  void add(std::shared_ptr<waiting_producer> task) { waiting_.push_back(std::move(task)); }
  template <class Predicate>
  void resume_if(Predicate may_go_on) {
    // All are taken out first: a producer that gets its permit at once may come back to this list.
    std::list<std::shared_ptr<waiting_producer>> ended;
    for (auto each = waiting_.begin(); each != waiting_.end();) {
      const auto next = std::next(each);
      if (may_go_on(**each)) ended.splice(ended.end(), waiting_, each);
      each = next;
    }
    for (const auto& each : ended) resume(each);
  }
  void cancel(const std::shared_ptr<waiting_producer>& task) {
    if (task->left) return;
    waiting_.remove(task);
    resume(task);
  }

 private:
  void context_ended() noexcept override {
    const auto dropped = std::exchange(waiting_, {});
    for (const auto& each : dropped) each->drop();
  }
  static void resume(const std::shared_ptr<waiting_producer>& task) {
    if (std::exchange(task->left, true)) return;
    const auto budget = task->held.permit ? task->held.permit->of.lock() : nullptr;
    if (budget)
      budget->reacquire(task->held.permit, task);
    else
      task->resume();
  }

  std::list<std::shared_ptr<waiting_producer>> waiting_;
};

result_queue_base::~result_queue_base() = default;

void result_queue_base::open(std::weak_ptr<result_consumer> consumer, asio::any_io_executor serial) {
  consumer_ = std::move(consumer);
  serial_ = std::move(serial);
}

void result_queue_base::close() {
  closed_ = true;
  resume_producers();
}

void result_queue_base::check_open() const {
  if (closed_ || consumer_.expired()) throw CancelledError("the consumer of the results stopped");
}

void result_queue_base::publish_and_tell() {
  publish();
  if (const auto consumer = consumer_.lock()) consumer->results_changed();
}

bool result_queue_base::hand_out() {
  if (unread_ == 0) return false;
  const std::size_t count = at_once_ == hand_over::all ? unread_ : 1;
  move_to_consumer(count);
  unread_ -= count;
  taken_ += count;
  resume_producers();
  if (const auto consumer = consumer_.lock()) consumer->results_changed();
  return true;
}

bool result_queue_base::is_drained(bool for_request) const noexcept {
  if (unread_ > 0) return false;
  const auto consumer = for_request ? consumer_.lock() : nullptr;
  return !for_request || (consumer && consumer->awaits_result());
}

void result_queue_base::resume_producers() {
  if (const auto all = producers_)
    all->resume_if([this](const waiting_producer& each) { return closed_ || is_drained(each.for_request); });
}

awaitable<void> result_queue_base::until_drained(std::shared_ptr<result_queue_base> queue, bool for_request) {
  if (queue->consumer_.expired()) throw CancelledError("the consumer of the results is gone");
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const run_location location = locate_run(here);
  if (!location.on_it || location.serial != queue->serial_)
    throw ConfigError(
        "a producer used its sender outside the run that it was started in; use the sender in the producer's "
        "coroutine, or in calls that it awaits on its own executor");
  // There must be a permit again before this ends, cancelled or not: no await in here may throw.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool cancelled = cancellation.cancelled() != asio::cancellation_type::none;
  if (!cancelled && !queue->closed_ && !queue->is_drained(for_request)) {
    if (!queue->producers_) queue->producers_ = waiting_producers::on(queue->serial_);
    const auto all = queue->producers_;
    auto task = std::make_shared<waiting_producer>();
    task->for_request = for_request;
    if (location.context) task->held = permit_in(*location.context);
    // In the list before the permit is released: that may start a child, whose end may resume this producer
    // before its handler is stored. `over` is set in that case, and the handler is fired when it is stored.
    all->add(task);
    if (const auto budget = task->held.permit ? task->held.permit->of.lock() : nullptr)
      budget->release(task->held);
    auto operation = suspend(
        [task](stored_handler handler) {
          task->handler = std::move(handler);
          if (task->over) task->handler.fire();
        },
        [producers = std::weak_ptr<waiting_producers>(all), waiting = std::weak_ptr<waiting_producer>(task)] {
          const auto from = producers.lock();
          const auto producer = waiting.lock();
          if (from && producer) from->cancel(producer);
        });
    co_await std::move(operation);
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  cancellation = co_await asio::this_coro::cancellation_state;
  if (queue->closed_ || cancellation.cancelled() != asio::cancellation_type::none)
    throw CancelledError("the consumer of the results stopped");
}

}  // namespace corochain::detail
