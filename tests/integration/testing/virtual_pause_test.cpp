// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <corochain/testing/virtual_time.hpp>
#include <optional>
#include <stdexcept>

#include "support/mock_chain.hpp"

namespace corochain::testing::virtual_pause_test {
namespace {

using namespace std::chrono_literals;

/// The client's own wait for a deployment that has asked for a pause: it passes on the clock of the run. The
/// request behind it needs a socket, which a virtual run has not.
class VirtualPause : public ::testing::Test {
 protected:
  VirtualPause() {
    AzureOptions options = test::options_for(server);
    options.max_retries = 0;
    model.emplace(options);
    server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "30"));
    EXPECT_THROW(model->invoke("q"), RateLimitError);
  }

  MockServer server{test::plain_http()};
  std::optional<AzureChatOpenAI> model;
  // Made after the pause has begun.
  const VirtualTime time;
};

TEST_F(VirtualPause, passes_before_the_request_is_sent) {
  // No answer comes, also if the loop is quick enough to send the request.
  server.hold_until(100);
  EXPECT_THROW((void)time.run(model->ainvoke("q")), std::logic_error);
  EXPECT_GT(time.now(), 20s);
  EXPECT_LE(time.now(), 31s);
}

TEST_F(VirtualPause, is_not_begun_if_it_outlasts_the_time_limit) {
  EXPECT_THROW((void)time.run(timeout(10s, model->ainvoke("q"))), RateLimitError);
  EXPECT_EQ(time.now(), 0s);
  EXPECT_EQ(server.request_count(), 1u);
}

}  // namespace
}  // namespace corochain::testing::virtual_pause_test
