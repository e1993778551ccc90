// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/response_reader.hpp"

#include <gtest/gtest.h>

#include <boost/beast/http/error.hpp>

#include "support/broken_input.hpp"

namespace corochain::transport::response_reader_test {
namespace {
namespace http = boost::beast::http;

struct outcome {
  boost::system::error_code error;
  bool complete = false;
  bool reusable = false;
  int status = 0;
  std::string body;
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome read(const std::vector<std::string>& parts, bool end = false, size_limits limits = {}) {
  codec::http_response response;
  response_reader reader(response, limits, limits.body);
  outcome seen;
  for (const std::string& part : parts) {
    const test::exact_copy bytes(part);
    seen.error = reader.feed(bytes.view());
    if (seen.error) break;
  }
  if (end && !seen.error) seen.error = reader.end();
  seen.complete = reader.complete();
  seen.reusable = seen.complete && reader.reusable();
  seen.status = response.status;
  seen.body = response.body;
  return seen;
}
outcome read(std::string_view text, bool end = false) {
  return read(std::vector<std::string>{std::string(text)}, end);
}

const std::string sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";
const std::string chunked =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;name=value\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: t\r\n\r\n";
/// No status line has the blank behind its status.
const std::string without_reasons =
    "HTTP/1.1 100\r\n\r\nHTTP/1.1 103\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello";

TEST(response_reader, split_at_every_byte_it_reads_the_same) {
  for (const std::string& text : {sized, chunked, without_reasons}) {
    const outcome whole = read(text);
    EXPECT_TRUE(whole.complete);
    EXPECT_TRUE(whole.reusable);
    EXPECT_EQ(whole.body, "hello");
    EXPECT_EQ(whole.status, 200);
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
      ASSERT_EQ(read({text.substr(0, cut), text.substr(cut)}), whole) << cut;
    std::vector<std::string> bytes;
    for (const char c : text) bytes.emplace_back(1, c);
    EXPECT_EQ(read(bytes), whole);
  }
}

TEST(response_reader, ended_at_any_byte_it_is_incomplete) {
  for (const std::string& text : {sized, chunked, without_reasons})
    for (std::size_t size = 0; size < text.size(); ++size) {
      const outcome seen = read(text.substr(0, size), true);
      ASSERT_TRUE(seen.error) << size;
      ASSERT_FALSE(seen.complete) << size;
    }
}

TEST(response_reader, keeps_no_connection_in_doubt) {
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").reusable);
  EXPECT_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok").reusable);
  EXPECT_FALSE(read(sized + "HTTP/1.1 200 OK").reusable);
  EXPECT_FALSE(read({sized, "x"}).reusable);
  EXPECT_TRUE(read(sized).reusable);
  const outcome until_close = read("HTTP/1.1 200 OK\r\n\r\nhello", true);
  EXPECT_TRUE(until_close.complete);
  EXPECT_EQ(until_close.body, "hello");
  EXPECT_FALSE(until_close.reusable);
}

TEST(response_reader, refuses_what_is_no_http) {
  for (const char* text :
       {"hello world\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n"})
    EXPECT_TRUE(read(text).error) << text;
}

TEST(response_reader, endless_things_meet_their_limit) {
  size_limits limits;
  limits.head = 1000;
  limits.body = 1000;
  limits.interim_answers = 3;
  const auto problem = [&](const std::string& text) { return read({text}, false, limits).error; };
  EXPECT_EQ(problem("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x')), http::error::header_limit);
  EXPECT_EQ(problem("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"), http::error::body_limit);
  EXPECT_EQ(problem("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x')), http::error::body_limit);
  EXPECT_EQ(problem("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x')),
            http::error::body_limit);
  EXPECT_EQ(problem("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(2000, 'e')),
            http::error::header_limit);
  std::string interim;
  for (int i = 0; i < 4; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(problem(interim), response_problem::too_many_interim);
  EXPECT_EQ(problem("HTTP/1.1 101 Switching Protocols\r\n\r\n"), response_problem::switched_protocols);
}

TEST(response_reader, knows_answers_without_a_body) {
  for (const char* head :
       {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"}) {
    const outcome seen = read(head);
    EXPECT_TRUE(seen.complete) << head;
    EXPECT_EQ(seen.body, "");
  }
}

}  // namespace
}  // namespace corochain::transport::response_reader_test
