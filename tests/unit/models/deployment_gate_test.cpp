// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/deployment_gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "codec/http/url.hpp"

namespace corochain::models::deployment_gate_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct deployment {
  const codec::url where = codec::parse_url("http://127.0.0.1:1", "test");
  const codec::request_head head{"POST", "h", "/"};
  service_settings settings{.to = std::make_shared<const transport::endpoint>(where, TlsOptions()),
                            .head = head,
                            .stream_head = head,
                            .credential = {"api-key", "", Secret()},
                            .deployment = std::make_shared<deployment_state>(),
                            .uniform01 = [] { return 0.5; }};
  asio::io_context loop;
  transport::connection_pool& pool = transport::connection_pool::of(loop.get_executor());
  transport::in_flight_call call{pool.state(), *settings.to};

  /// Ten attempts that are sent now and refused with advice.
  void refuse_ten(std::optional<clock::duration> advice, bool retryable) {
    AttemptRecord record;
    record.retry_after = advice;
    for (int i = 0; i < 10; ++i) {
      deployment_gate gate(settings, call);
      if (gate.ask(clock::now(), clock::now() + 1h).passes)
        gate.ended({clock::now(), record, false, ErrorKind::rate_limit, retryable});
    }
  }
};

TEST(deployment_gate, keeps_attempts_back_while_the_deployment_pauses) {
  deployment paused;
  paused.refuse_ten(5s, true);
  EXPECT_EQ(paused.pool.snapshot().front().pauses, 1u);
  deployment_gate gate(paused.settings, paused.call);
  const auto now = clock::now();
  const auto waits = gate.ask(now, now + 1h);
  EXPECT_FALSE(waits.passes);
  EXPECT_FALSE(waits.refusal);
  EXPECT_GT(waits.ask_again, now);
  const auto refused = gate.ask(now, now + 10ms);
  EXPECT_FALSE(refused.passes);
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->kind, ErrorKind::rate_limit);
  EXPECT_GT(refused.refusal->retry_after, 1s);
}

TEST(deployment_gate, gives_no_turn_after_a_wait_until_the_deadline) {
  deployment paused;
  paused.refuse_ten(5s, true);
  deployment_gate gate(paused.settings, paused.call);
  const auto now = clock::now();
  const auto waits = gate.ask(now, now + 1h);
  ASSERT_FALSE(waits.passes);
  const auto late = waits.ask_again + 1min;
  const auto refused = gate.ask(late, late);
  EXPECT_FALSE(refused.passes);
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->kind, ErrorKind::timeout);
  EXPECT_EQ(refused.refusal->retry_after, 0s);
  EXPECT_TRUE(gate.ask(late, late + 1h).passes);
}

TEST(deployment_gate, lets_all_pass_where_no_advice_is_to_be_followed) {
  deployment open;
  open.refuse_ten(std::nullopt, true);
  open.refuse_ten(5s, false);
  open.refuse_ten(24h, true);  // longer than a call waits
  deployment_gate gate(open.settings, open.call);
  EXPECT_TRUE(gate.ask(clock::now(), clock::now() + 1h).passes);
  EXPECT_EQ(open.pool.snapshot().front().pauses, 0u);
}

}  // namespace
}  // namespace corochain::models::deployment_gate_test
