// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"
#include "support/run_on.hpp"
#include "support/tcp_connection.hpp"

namespace corochain::sending_test {
namespace {
namespace asio = boost::asio;
using testing::MockServer;
using testing::MockServerOptions;

class Sending : public test::http_and_https {
 protected:
  Runnable<Dict, std::string> chain = test::chain_for(server);
  asio::io_context loop;

  std::string ask(const std::string& question) {
    return test::run_on(loop, chain.ainvoke({{"question", question}}));
  }
  /// The client's end of its only connection.
  int socket() {
    const auto found = test::sockets_to(server.port());
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? -1 : found.front();
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, Sending, ::testing::Bool(), &test::scheme_of);

TEST_P(Sending, NothingIsHeldBackForMoreToCome) {
  EXPECT_EQ(ask("q"), "echo: q");
  EXPECT_TRUE(test::sends_at_once(socket()));
}

TEST_P(Sending, HeadAndBodyGoInOneWrite) {
  EXPECT_EQ(ask("first"), "echo: first");
  const int used = socket();
  auto before = test::segments_sent(used);
  ASSERT_GE(before, 1u);
  if (!GetParam()) {
    EXPECT_EQ(before, 1u);
  }
  const std::string long_one(10'000, 'x');  // head and body are less than a TLS record holds
  for (const std::string& question : {std::string("second"), long_one, std::string("third")}) {
    EXPECT_EQ(ask(question), "echo: " + question);
    ASSERT_EQ(socket(), used);
    const auto after = test::segments_sent(used);
    EXPECT_EQ(after - before, 1u) << question.size();
    before = after;
  }
  EXPECT_EQ(server.connections_accepted(), 1u);
}

}  // namespace
}  // namespace corochain::sending_test
