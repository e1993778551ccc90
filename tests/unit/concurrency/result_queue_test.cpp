// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/result_queue.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <corochain/core/error.hpp>
#include <memory>
#include <optional>
#include <string>

#include "concurrency/run_context.hpp"

namespace corochain::result_queue_test {
namespace {
namespace asio = boost::asio;
using detail::hand_over;
using detail::result_queue;
using detail::result_queue_base;

class consumer final : public detail::result_consumer {
 public:
  void results_changed() override { ++changes; }
  bool awaits_result() const noexcept override { return waits; }
  int changes = 0;
  bool waits = false;
};

/// An open queue, and a run for its producers.
struct open_queue {
  explicit open_queue(std::size_t capacity = 0, hand_over at_once = hand_over::one)
      : queue(std::make_shared<result_queue<int>>(capacity, at_once)) {
    context->run = std::make_shared<detail::run_state>(loop.get_executor());
    queue->open(taker, loop.get_executor());
  }
  /// Starts a producer that waits. `end` tells how its wait ended.
  void start_wait(bool for_request, std::string& end, asio::cancellation_slot slot = {}) {
    asio::co_spawn(detail::executor_of(loop.get_executor(), context),
                   result_queue_base::until_drained(queue, for_request),
                   asio::bind_cancellation_slot(slot, [&end](std::exception_ptr error) {
                     try {
                       if (error) std::rethrow_exception(error);
                       end = "drained";
                     } catch (const CancelledError&) {
                       end = "cancelled";
                     }
                   }));
    poll();
  }
  void poll() {
    loop.restart();
    loop.poll();
  }
  int take() {
    std::optional<int> slot;
    EXPECT_TRUE(queue->hand_out());
    EXPECT_TRUE(queue->take_ready(slot));
    return slot.value_or(-1);
  }

  asio::io_context loop;
  std::shared_ptr<consumer> taker = std::make_shared<consumer>();
  std::shared_ptr<result_queue<int>> queue;
  std::shared_ptr<detail::run_context> context = std::make_shared<detail::run_context>();
};

TEST(ResultQueue, gives_results_in_their_order) {
  open_queue all;
  for (int i = 0; i < 3; ++i) all.queue->push(i);
  EXPECT_EQ(all.queue->unread(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(all.take(), i);
  EXPECT_EQ(all.queue->taken(), 3u);
  EXPECT_FALSE(all.queue->hand_out());
}

TEST(ResultQueue, hands_out_one_by_one_or_all_at_once) {
  for (const hand_over at_once : {hand_over::one, hand_over::all}) {
    open_queue all(0, at_once);
    for (int i = 0; i < 3; ++i) all.queue->push(i);
    EXPECT_TRUE(all.queue->hand_out());
    int ready = 0;
    for (std::optional<int> slot; all.queue->take_ready(slot); slot.reset()) EXPECT_EQ(*slot, ready++);
    EXPECT_EQ(ready, at_once == hand_over::all ? 3 : 1);
    EXPECT_EQ(all.queue->taken(), static_cast<std::size_t>(ready));
    EXPECT_EQ(all.queue->unread(), static_cast<std::size_t>(3 - ready));
  }
}

TEST(ResultQueue, shows_what_is_put_when_it_is_published) {
  open_queue all;
  all.queue->put(1);
  EXPECT_FALSE(all.queue->hand_out());
  EXPECT_EQ(all.taker->changes, 0);
  all.queue->publish();
  EXPECT_EQ(all.taker->changes, 0);
  EXPECT_EQ(all.take(), 1);
}

TEST(ResultQueue, tells_the_consumer_of_each_change) {
  open_queue all;
  all.queue->push(1);
  EXPECT_EQ(all.taker->changes, 1);
  EXPECT_EQ(all.take(), 1);
  EXPECT_EQ(all.taker->changes, 2);
}

TEST(ResultQueue, has_room_up_to_its_capacity) {
  open_queue all(2);
  all.queue->push(1);
  EXPECT_TRUE(all.queue->has_room());
  all.queue->push(2);
  EXPECT_FALSE(all.queue->has_room());
  EXPECT_EQ(all.take(), 1);
  EXPECT_TRUE(all.queue->has_room());
}

TEST(ResultQueue, refuses_what_nobody_will_take) {
  result_queue<int> unopened;
  EXPECT_THROW(unopened.push(1), CancelledError);
  open_queue closed;
  closed.queue->push(1);
  closed.queue->close();
  EXPECT_THROW(closed.queue->push(2), CancelledError);
  EXPECT_EQ(closed.take(), 1);  // the result that was there before
  EXPECT_FALSE(closed.queue->hand_out());
  open_queue left;
  left.taker = nullptr;
  EXPECT_THROW(left.queue->push(1), CancelledError);
}

TEST(ResultQueue, holds_a_producer_until_all_is_taken) {
  open_queue all;
  std::string end;
  all.queue->push(1);
  all.queue->push(2);
  all.start_wait(false, end);
  EXPECT_EQ(all.take(), 1);
  all.poll();
  EXPECT_EQ(end, "");
  EXPECT_EQ(all.take(), 2);
  all.poll();
  EXPECT_EQ(end, "drained");
}

TEST(ResultQueue, holds_a_producer_until_more_is_asked_for) {
  open_queue all;
  std::string end;
  all.queue->push(1);
  all.start_wait(true, end);
  EXPECT_EQ(all.take(), 1);
  all.poll();
  EXPECT_EQ(end, "");
  all.taker->waits = true;
  all.queue->resume_producers();
  all.poll();
  EXPECT_EQ(end, "drained");
}

TEST(ResultQueue, holds_nobody_where_nothing_is_unread) {
  open_queue all;
  std::string end;
  all.start_wait(false, end);
  EXPECT_EQ(end, "drained");
}

TEST(ResultQueue, ends_the_waits_when_it_closes) {
  open_queue all;
  std::string first, second, late;
  all.queue->push(1);
  all.start_wait(false, first);
  all.start_wait(true, second);
  all.queue->close();
  all.poll();
  EXPECT_EQ(first, "cancelled");
  EXPECT_EQ(second, "cancelled");
  all.start_wait(false, late);
  EXPECT_EQ(late, "cancelled");
}

TEST(ResultQueue, ends_the_wait_of_a_cancelled_producer_alone) {
  open_queue all;
  std::string one, other;
  asio::cancellation_signal signal;
  all.queue->push(1);
  all.start_wait(false, one, signal.slot());
  all.start_wait(false, other);
  signal.emit(asio::cancellation_type::terminal);
  all.poll();
  EXPECT_EQ(one, "cancelled");
  EXPECT_EQ(other, "");
  EXPECT_EQ(all.take(), 1);
  all.poll();
  EXPECT_EQ(other, "drained");
}

TEST(ResultQueue, lets_go_of_producers_whose_loop_ends) {
  std::shared_ptr<result_queue<int>> queue;
  std::string end;
  {
    open_queue all;
    queue = all.queue;
    queue->push(1);
    all.start_wait(false, end);
    EXPECT_GT(queue.use_count(), 2);  // the waiting frame has it as well
  }
  EXPECT_EQ(end, "");
  EXPECT_EQ(queue.use_count(), 1);
}

TEST(ResultQueue, holds_no_producer_outside_its_run) {
  open_queue all;
  all.queue->push(1);
  bool refused = false;
  asio::co_spawn(all.loop, result_queue_base::until_drained(all.queue, false),
                 [&refused](std::exception_ptr error) {
                   try {
                     if (error) std::rethrow_exception(error);
                   } catch (const ConfigError&) {
                     refused = true;
                   }
                 });
  all.poll();
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace corochain::result_queue_test
