// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/answer.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>

// Turns a MockReply into bytes. The mock server writes HTTP by itself instead of through Beast's serializer:
// its purpose is to send what a correct serializer refuses, such as a body that is shorter than its length
// says. session.cpp sends the parts that are made here.
namespace corochain::testing::detail {

namespace {

namespace http = boost::beast::http;

// Writes the lines of a head, without the headers that the reply sets itself.
class head_writer {
 public:
  head_writer(std::string& out, const mock_reply_state& reply) : out_(out), reply_(reply) {
    if (reply.status_line) {
      // Sent as it is, also if it is no valid status line: that is what tests of the client's reader want.
      out_ += *reply.status_line;
    } else {
      // Beast has a text for an unknown status, too. Clients must not read the reason (RFC 9112, section 4).
      const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
      out_ += "HTTP/1.1 " + std::to_string(reply.status) + ' ';
      out_.append(reason.data(), reason.size());
    }
    out_ += "\r\n";
    for (const auto& [name, value] : reply.headers) line(name, value);
  }

  // Adds a header of the server's own, unless the reply names it. So a test can replace each header, but not
  // leave it out: an answer without a length, for example, is written with MockReply::bytes.
  void add(std::string_view name, std::string_view value) {
    const bool named = std::any_of(reply_.headers.begin(), reply_.headers.end(), [&](const auto& header) {
      return boost::beast::iequals(header.first, name);
    });
    if (!named) line(name, value);
  }

  // The empty line between head and body.
  void end() { out_ += "\r\n"; }

 private:
  void line(std::string_view name, std::string_view value) {
    out_.append(name).append(": ").append(value).append("\r\n");
  }

  std::string& out_;
  const mock_reply_state& reply_;
};

// The headers that Azure OpenAI sends with each answer. Tests of request ids, regions and remaining limits
// read them.
void add_service_headers(head_writer& head, const RecordedRequest& request, std::string_view service_id) {
  const std::string id = std::string(service_id) + '-' + std::to_string(request.index);
  const auto spent = std::chrono::steady_clock::now() - request.received_at;
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(spent).count();
  head.add("x-request-id", "req-" + id);
  head.add("apim-request-id", "apim-" + id);
  head.add("x-ms-region", "mock");
  head.add("x-ratelimit-remaining-requests", "9999");
  head.add("x-ratelimit-remaining-tokens", "999999");
  head.add("openai-processing-ms", std::to_string(milliseconds));
}

// A range of the body, as it is framed.
struct stretch {
  std::string_view text;
  std::optional<std::chrono::milliseconds> wait;
};

// The ranges of the whole body, in order. A part of the reply is one range, or several if the reply has a
// chunk size.
std::vector<stretch> stretches_of(const mock_reply_state& reply) {
  std::string_view left = *reply.body;
  const std::size_t most = reply.bytes_per_chunk.value_or(mock_reply_state::whole_parts);
  std::vector<stretch> all;
  const auto take = [&](std::size_t size, std::optional<std::chrono::milliseconds> wait) {
    std::string_view part = left.substr(0, size);
    left.remove_prefix(part.size());
    while (!part.empty()) {
      // substr() takes what is left if that is less.
      all.push_back({part.substr(0, most), wait});
      part.remove_prefix(all.back().text.size());
      // Only the first chunk waits.
      wait.reset();
    }
  };
  for (const auto& part : reply.parts) take(part.size, part.wait);
  // A body without parts is one part.
  if (!left.empty()) take(left.size(), {});
  return all;
}

// Appends the body, or its first `limit` bytes, to the parts.
void write_body(std::vector<answer_part>& out, const mock_reply_state& reply, std::size_t limit) {
  const bool chunked = reply.bytes_per_chunk.has_value();
  std::size_t sent = 0;
  bool first = true;
  for (const stretch& each : stretches_of(reply)) {
    // The answer is cut here. session::finish_answer decides what the connection does then.
    if (sent == limit) return;
    // The first event follows the head at once, as a real stream's does.
    const auto interval = first ? std::chrono::milliseconds(0) : reply.chunk_interval;
    first = false;
    if (each.wait || interval > interval.zero()) out.push_back({std::string(), each.wait.value_or(interval)});
    const std::string_view text = each.text.substr(0, limit - sent);
    sent += text.size();
    std::string& bytes = out.back().bytes;
    if (!chunked) {
      bytes += text;
      continue;
    }
    std::array<char, 2 * sizeof(std::size_t)> size{};
    const auto digits = std::to_chars(size.data(), size.data() + size.size(), each.text.size(), 16);
    // A cut chunk still announces its whole size, so that the client can see that bytes are missing.
    bytes.append(size.data(), digits.ptr).append("\r\n").append(text);
    if (text.size() == each.text.size()) bytes += "\r\n";
  }
  // Cut within the body: neither the last wait nor the end of the chunks is sent.
  if (sent < reply.body->size()) return;
  if (reply.last_wait) out.push_back({std::string(), *reply.last_wait});
  if (chunked) out.back().bytes += "0\r\n\r\n";
}

}  // namespace

// Head and body go out together unless the reply asks for a wait between them: an answer in one packet is the
// usual case, and the quickest.
std::vector<answer_part> write_answer(const mock_reply_state& reply, const RecordedRequest& request,
                                      std::string_view service_id, bool keep_alive) {
  // RFC 9110, section 6.4.1: answers with these statuses have no body, whatever their head says.
  const bool no_body = reply.status == 204 || reply.status == 304;
  const bool cut_short =
      reply.then == mock_reply_state::ending::cut || reply.then == mock_reply_state::ending::stall;
  const std::size_t size = reply.body->size();
  const std::size_t limit = cut_short ? std::min(reply.body_bytes, size) : size;

  std::vector<answer_part> parts(1);
  // Without a head of the server's own: the caller's bytes have one, or are meant to lack it.
  if (reply.exact) {
    write_body(parts, reply, limit);
    return parts;
  }
  std::string& out = parts.front().bytes;
  // Room for the head and a short body, so that they need one allocation.
  out.reserve(1024);
  head_writer head(out, reply);
  if (!no_body) {
    // An empty content type means no such header: some gateways send none.
    if (!reply.content_type.empty()) head.add("content-type", reply.content_type);
    if (reply.bytes_per_chunk) {
      head.add("transfer-encoding", "chunked");
    } else {
      head.add("content-length", std::to_string(size));
    }
  }
  if (reply.service_headers) add_service_headers(head, request, service_id);
  // Not only for the client's information: the server closes after this answer.
  if (!keep_alive) head.add("connection", "close");
  head.end();
  // An answer to HEAD has the length of a body that is not sent.
  if (!no_body && request.method != "HEAD") write_body(parts, reply, limit);
  return parts;
}

}  // namespace corochain::testing::detail
