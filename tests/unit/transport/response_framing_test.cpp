// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Where a response ends (RFC 9112 section 6): it is never a false success, and a connection in doubt is never
// reused.
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/broken_input.hpp"
#include "transport/response_reader.hpp"

namespace corochain::transport::response_framing_test {
namespace {

enum class verdict { kept, closed, incomplete, refused };

/// Reads a text at once, or byte by byte. The connection then ends.
struct reading {
  reading(std::string_view text, bool at_once, const size_limits& limits)
      : reader(response, limits, limits.body) {
    for (std::size_t at = 0; at < text.size() && !error; at += at_once ? text.size() : 1)
      error = reader.feed(test::exact_copy(text.substr(at, at_once ? text.size() : 1)).view());
    refused = error.failed();
    if (!error) error = reader.end();
  }
  verdict judged() const {
    if (refused) return verdict::refused;
    if (error || !reader.complete()) return verdict::incomplete;
    return reader.reusable() ? verdict::kept : verdict::closed;
  }

  codec::http_response response;
  response_reader reader;
  boost::system::error_code error;
  bool refused = false;
};

/// Returns the verdict on a text, which is the same however the text is split.
verdict judge(std::string_view text, const size_limits& limits = {}) {
  const verdict whole = reading(text, true, limits).judged();
  const verdict bytes = reading(text, false, limits).judged();
  // Split into bytes, a fault in a head may be found only when the whole head is there, or at the end.
  const auto failed = [](verdict v) { return v == verdict::refused || v == verdict::incomplete; };
  if (failed(whole))
    EXPECT_TRUE(failed(bytes)) << text;
  else
    EXPECT_EQ(whole, bytes) << text;
  return whole;
}

std::string ok(std::string_view fields, std::string_view body = "") {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

TEST(response_framing, content_length) {
  EXPECT_EQ(judge(ok("Content-Length: 2\r\n", "ab")), verdict::kept);
  EXPECT_EQ(judge(ok("Content-Length: 0\r\n")), verdict::kept);
  EXPECT_EQ(judge(ok("Content-Length: 2\r\nContent-Length: 2\r\n", "ab")), verdict::kept);
  EXPECT_EQ(judge(ok("Content-Length: 2, 2\r\n", "ab")), verdict::kept);
  EXPECT_EQ(judge(ok("Content-Length: 3\r\n", "ab")), verdict::incomplete);
  EXPECT_EQ(judge(ok("Content-Length: 1\r\n", "ab")), verdict::closed);
  for (const char* length :
       {"", "x", "-2", "+2", "2x", "0x2", "2 3", "2,", ",2", "2, 3", "99999999999999999999",
        "18446744073709551616", "-18446744073709551614", "2.0", "\"2\""})
    EXPECT_EQ(judge(ok("Content-Length: " + std::string(length) + "\r\n", "ab")), verdict::refused) << length;
  EXPECT_EQ(judge(ok("Content-Length: 2\r\nContent-Length: 3\r\n", "abc")), verdict::refused);
  EXPECT_EQ(judge(ok("Content-Length: 18446744073709551615\r\n", "ab")), verdict::refused);
}

TEST(response_framing, transfer_encoding) {
  const std::string_view chunks = "2\r\nab\r\n0\r\n\r\n";
  EXPECT_EQ(judge(ok("Transfer-Encoding: chunked\r\n", chunks)), verdict::kept);
  EXPECT_EQ(judge(ok("transfer-encoding:  ChunkeD \r\n", chunks)), verdict::kept);
  for (const char* coding : {"gzip, chunked", "chunked, gzip", "gzip", "identity", "chunked, chunked",
                             "xchunked", "", "chunked;q=1", "\"chunked\""})
    EXPECT_EQ(judge(ok("Transfer-Encoding: " + std::string(coding) + "\r\n", chunks)), verdict::refused)
        << coding;
  EXPECT_EQ(judge(ok("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunks)), verdict::refused);
  EXPECT_EQ(judge(ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks)),
            verdict::refused);
  EXPECT_EQ(judge(ok("Transfer-Encoding: chunked\r\nContent-Length: 11\r\n", chunks)), verdict::refused);
  EXPECT_EQ(judge(ok("Content-Length: 11\r\nTransfer-Encoding: chunked\r\n", chunks)), verdict::refused);
}

TEST(response_framing, chunks) {
  const auto chunked = [](std::string_view body) {
    return judge(ok("Transfer-Encoding: chunked\r\n", body));
  };
  EXPECT_EQ(chunked("0\r\n\r\n"), verdict::kept);  // byte by byte, this failed an assertion of Beast
  EXPECT_EQ(chunked("0;x\r\n\r\n"), verdict::kept);
  EXPECT_EQ(chunked("00002;a=b;c=\"d\"\r\nab\r\n0\r\nX: y\r\n\r\n"), verdict::kept);
  EXPECT_EQ(chunked("A\r\n0123456789\r\n0\r\n\r\n"), verdict::kept);
  EXPECT_EQ(chunked("2\r\nab\r\n0\r\n\r\nHTTP/1.1"), verdict::closed);
  EXPECT_EQ(chunked("2\r\nab\r\n0\r\n"), verdict::incomplete);
  EXPECT_EQ(chunked("2\r\nab\r\n"), verdict::incomplete);
  EXPECT_EQ(chunked("2\nab\n0\n\n"), verdict::incomplete);
  for (const char* body :
       {"x\r\n", "-2\r\nab\r\n0\r\n\r\n", " 2\r\nab\r\n0\r\n\r\n", "2 x\r\nab\r\n0\r\n\r\n",
        "2\r\nabc\r\n0\r\n\r\n", "0x2\r\nab\r\n0\r\n\r\n", "ffffffffffffffff\r\nab",
        "10000000000000002\r\nab\r\n0\r\n\r\n", "00000000000000000002\r\nab\r\n0\r\n\r\n",
        "2;\r\nab\r\n0\r\n\r\n", "0\r\nno colon\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n"})
    EXPECT_EQ(chunked(body), verdict::refused) << body;
}

TEST(response_framing, a_trailer_is_no_header) {
  for (const bool at_once : {true, false}) {
    reading seen(ok("Transfer-Encoding: chunked\r\nX: head\r\n",
                    "2\r\nab\r\n0\r\nX: trailer\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"),
                 at_once, size_limits());
    EXPECT_TRUE(seen.reader.complete());
    EXPECT_EQ(seen.response.body, "ab");
    EXPECT_EQ(seen.response.headers.size(), 2u);
    EXPECT_EQ(seen.response.headers.find("X"), "head");
    EXPECT_EQ(seen.response.headers.find("Retry-After"), std::nullopt);
  }
}

TEST(response_framing, statuses) {
  const auto answered = [](std::string_view status) {
    return judge("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 2\r\n\r\nab");
  };
  EXPECT_EQ(answered("200"), verdict::kept);  // some servers omit the blank behind the number
  EXPECT_EQ(judge("HTTP/1.1 200\nContent-Length: 2\r\n\r\nab"),
            judge("HTTP/1.1 200 \nContent-Length: 2\r\n\r\nab"));
  EXPECT_EQ(judge("HTTP/1.1 20\r\nContent-Length: 2\r\n\r\nab"), verdict::refused);
  EXPECT_EQ(judge("HTTP/2.0 200\r\nContent-Length: 2\r\n\r\nab"), verdict::refused);
  EXPECT_EQ(answered("200 "), verdict::kept);
  EXPECT_EQ(answered("599 Odd"), verdict::kept);
  EXPECT_EQ(answered("999 Odd"), verdict::kept);  // not a success, and an error by its number
  for (const char* status :
       {"099 Low", "000 Low", "99 Short", "1000 Long", "2000 Long", "-20 Sign", "20x OK", " 200 OK", ""})
    EXPECT_EQ(answered(status), verdict::refused) << status;
}

TEST(response_framing, answers_without_a_body) {
  EXPECT_EQ(judge("HTTP/1.1 204 No Content\r\n\r\n"), verdict::kept);
  EXPECT_EQ(judge("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), verdict::kept);
  EXPECT_EQ(judge("HTTP/1.1 304 Not Modified\r\n\r\n"), verdict::kept);
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    const std::string head = "HTTP/1.1 " + std::string(status) + "\r\n";
    EXPECT_EQ(judge(head + "Content-Length: 2\r\n\r\n"), verdict::closed) << status;
    EXPECT_EQ(judge(head + "Content-Length: 2\r\n\r\nab"), verdict::closed) << status;
    EXPECT_EQ(judge(head + "\r\nab"), verdict::closed) << status;
    EXPECT_EQ(judge(head + "Transfer-Encoding: chunked\r\n\r\n"), verdict::refused) << status;
  }
}

TEST(response_framing, interim_answers) {
  const std::string final = ok("Content-Length: 2\r\n", "ab");
  EXPECT_EQ(judge("HTTP/1.1 100 Continue\r\n\r\n" + final), verdict::kept);
  EXPECT_EQ(judge("HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\nLink: x\r\n\r\n" + final), verdict::kept);
  EXPECT_EQ(judge("HTTP/1.1 100 Continue\r\n\r\n"), verdict::incomplete);
  EXPECT_EQ(judge("HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nab" + final), verdict::refused);
  EXPECT_EQ(judge("HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + final),
            verdict::refused);
  EXPECT_EQ(judge("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), verdict::refused);
}

TEST(response_framing, versions_and_connection_headers) {
  const auto answered = [](std::string_view version, std::string_view fields) {
    return judge(std::string(version) + " 200 OK\r\n" + std::string(fields) + "Content-Length: 2\r\n\r\nab");
  };
  EXPECT_EQ(answered("HTTP/1.1", "Connection: keep-alive\r\n"), verdict::kept);
  EXPECT_EQ(answered("HTTP/1.1", "Connection: Close\r\n"), verdict::closed);
  EXPECT_EQ(answered("HTTP/1.1", "Connection: keep-alive, close\r\n"), verdict::closed);
  EXPECT_EQ(answered("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"), verdict::closed);
  EXPECT_EQ(answered("HTTP/1.0", ""), verdict::closed);
  EXPECT_EQ(answered("HTTP/1.0", "Connection: keep-alive\r\n"), verdict::kept);
  EXPECT_EQ(answered("HTTP/1.0", "Connection: keep-alive, close\r\n"), verdict::closed);
  for (const char* version :
       {"HTTP/0.9", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/1.2", "HTTP/11", "http/1.1", "HTTPS/1.1", "ICY"})
    EXPECT_EQ(answered(version, ""), verdict::refused) << version;
  // An HTTP/1.0 response in chunks is read. Its sender may not know what chunks are.
  EXPECT_EQ(judge("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            verdict::closed);
  EXPECT_EQ(judge("<html>an answer of HTTP/0.9</html>"), verdict::refused);
  EXPECT_EQ(judge(std::string_view("\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64", 15)),
            verdict::refused);  // HTTP/2's first frame
}

TEST(response_framing, field_lines) {
  const auto with = [](std::string_view line) {
    return judge(ok(std::string(line) + "\r\nContent-Length: 2\r\n", "ab"));
  };
  EXPECT_EQ(with("X: a\r\n b"), verdict::kept);  // obs-fold
  EXPECT_EQ(with("X:"), verdict::kept);
  EXPECT_EQ(with("X: \t a \t "), verdict::kept);
  for (const std::string_view line :
       {std::string_view("X : a"), std::string_view("X"), std::string_view(": a"), std::string_view("X Y: a"),
        std::string_view("X\r\nY"), std::string_view("X\rY: a"), std::string_view("X\nY: a"),
        std::string_view("X: a\rb"), std::string_view("X: a\nY: b"), std::string_view("X: a\0b", 6),
        std::string_view("X\0: a", 5), std::string_view("X: a\x7F"),
        std::string_view(" first line folded: a"), std::string_view("X\xC3\xBC: a")})
    EXPECT_EQ(with(line), verdict::refused) << line;
  EXPECT_EQ(judge("HTTP/1.1 200 OK\nContent-Length: 2\n\nab"), verdict::refused);
  EXPECT_EQ(judge("\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"), verdict::refused);
}

TEST(response_framing, a_folded_line_is_one) {
  const reading folded(ok("Content-Length:\r\n 2\r\nX: a\r\n\t b\r\n", "ab"), true, size_limits());
  EXPECT_EQ(folded.judged(), verdict::kept);
  EXPECT_EQ(folded.response.headers.find("X"), "a b");
}

TEST(response_framing, limits_do_not_depend_on_how_the_bytes_come) {
  size_limits limits;
  limits.head = 100;
  limits.body = 30;
  const std::string framing = "Content-Length: 2\r\n";
  const auto head_of = [&](std::size_t size) {  // many short lines, each of which could be parsed on its own
    std::string fields = framing;
    while (ok(fields).size() + 10 <= size) fields += "X: y\r\n";
    fields.append("Y:").append(size - ok(fields).size() - 2, ' ').append("\r\n");
    EXPECT_EQ(ok(fields).size(), size);
    return ok(fields, "ab");
  };
  EXPECT_EQ(judge(head_of(99), limits), verdict::kept);
  EXPECT_EQ(judge(head_of(100), limits), verdict::kept);
  EXPECT_EQ(judge(head_of(101), limits), verdict::refused);
  const auto chunked = [&](std::string_view body) {
    return judge(ok("Transfer-Encoding: chunked\r\n", body), limits);
  };
  EXPECT_EQ(chunked("2;" + std::string(99, 'x') + "\r\nab\r\n0\r\n\r\n"), verdict::kept);
  EXPECT_EQ(chunked("2;" + std::string(100, 'x') + "\r\nab\r\n0\r\n\r\n"), verdict::refused);
  EXPECT_EQ(chunked("0\r\nX: " + std::string(80, 'x') + "\r\n\r\n"), verdict::kept);
  EXPECT_EQ(chunked("0\r\nX: " + std::string(100, 'x') + "\r\n\r\n"), verdict::refused);
  EXPECT_EQ(chunked("0\r\n" + std::string(20, 'X') + ": y\r\n"), verdict::incomplete);
  EXPECT_EQ(judge(ok("Content-Length: 31\r\n", std::string(31, 'x')), limits), verdict::refused);
  EXPECT_EQ(judge(ok("", std::string(31, 'x')), limits), verdict::refused);
  EXPECT_EQ(judge(ok("", std::string(30, 'x')), limits), verdict::closed);
  EXPECT_EQ(chunked("1f\r\n" + std::string(31, 'x') + "\r\n0\r\n\r\n"), verdict::refused);
}

TEST(response_framing, each_head_has_the_limit_for_itself) {
  size_limits limits;
  limits.head = 60;
  const auto padded = [](std::string head, std::size_t size) {
    head += "X:";
    return head.append(size - head.size() - 4, ' ') + "\r\n\r\n";
  };
  const std::string interim = padded("HTTP/1.1 100 Continue\r\n", 60);
  const std::string last = padded("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", 60);
  EXPECT_EQ(judge(interim + last, limits), verdict::kept);
  EXPECT_EQ(judge(interim + interim + last, limits), verdict::kept);
  EXPECT_EQ(judge(padded("HTTP/1.1 100 Continue\r\n", 61) + last, limits), verdict::refused);
}

TEST(response_framing, interim_answers_up_to_their_limit) {
  size_limits limits;
  limits.interim_answers = 3;
  std::string text;
  for (int i = 0; i < 3; ++i) text += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(judge(text + ok("Content-Length: 0\r\n"), limits), verdict::kept);
  EXPECT_EQ(judge("HTTP/1.1 102 Processing\r\n\r\n" + text + ok("Content-Length: 0\r\n"), limits),
            verdict::refused);
}

TEST(response_framing, a_long_error_keeps_its_status) {
  size_limits limits;
  limits.body = 30;
  for (const char* status : {"300 X", "302 Found", "307 X", "400 X", "503 X"})
    for (const bool at_once : {true, false}) {
      const std::string head = "HTTP/1.1 " + std::string(status) + "\r\n";
      const reading sized(head + "Content-Length: 31\r\n\r\n" + std::string(31, 'x'), at_once, limits);
      EXPECT_FALSE(sized.error) << status;
      EXPECT_EQ(sized.response.status, std::atoi(status));
      const reading until_close(head + "\r\n" + std::string(31, 'x'), at_once, limits);
      EXPECT_FALSE(until_close.error) << status;
      EXPECT_EQ(until_close.response.status, std::atoi(status));
    }
  EXPECT_EQ(judge("HTTP/1.1 299 X\r\nContent-Length: 31\r\n\r\n" + std::string(31, 'x'), limits),
            verdict::refused);
}

TEST(response_framing, an_endless_head_of_short_lines_ends_at_the_limit) {
  codec::http_response response;
  response_reader reader(response, size_limits(), 1000);
  boost::system::error_code error = reader.feed("HTTP/1.1 200 OK\r\n");
  std::size_t sent = 0;
  while (!error && sent < 10 * size_limits().head) {  // whole lines, as a server would send them
    error = reader.feed("X-Some: value\r\n");
    sent += 15;
  }
  EXPECT_TRUE(error);
  EXPECT_LE(sent, size_limits().head);
}

TEST(response_framing, changed_bytes_never_keep_a_doubtful_connection) {
  const std::string sized = ok("Content-Length: 5\r\n", "hello");
  const std::string chunked = ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n");
  for (const std::string& valid : {sized, chunked})
    test::for_each_changed_byte(valid, [&](std::string_view text) {
      const reading seen(text, true, size_limits());
      if (seen.judged() != verdict::kept) return;
      // Names, values or texts may differ; the length may not.
      ASSERT_EQ(seen.response.headers.size(), 1u) << text;
      const auto length = seen.response.headers.find("Content-Length");
      const auto coding = seen.response.headers.find("Transfer-Encoding");
      ASSERT_TRUE(length || coding || seen.response.status == 204 || seen.response.status == 304) << text;
    });
}

}  // namespace
}  // namespace corochain::transport::response_framing_test
