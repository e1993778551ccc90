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

namespace corochain::testing::detail {

namespace {

namespace http = boost::beast::http;

// Writes the lines of a head, without the headers that the reply sets itself.
class head_writer {
 public:
  head_writer(std::string& out, const mock_reply_state& reply) : out_(out), reply_(reply) {
    if (reply.status_line) {
      out_ += *reply.status_line;
    } else {
      const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
      out_ += "HTTP/1.1 " + std::to_string(reply.status) + ' ';
      out_.append(reason.data(), reason.size());
    }
    out_ += "\r\n";
    for (const auto& [name, value] : reply.headers) line(name, value);
  }

  void add(std::string_view name, std::string_view value) {
    const bool named = std::any_of(reply_.headers.begin(), reply_.headers.end(), [&](const auto& header) {
      return boost::beast::iequals(header.first, name);
    });
    if (!named) line(name, value);
  }

  void end() { out_ += "\r\n"; }

 private:
  void line(std::string_view name, std::string_view value) {
    out_.append(name).append(": ").append(value).append("\r\n");
  }

  std::string& out_;
  const mock_reply_state& reply_;
};

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

std::vector<stretch> stretches_of(const mock_reply_state& reply) {
  std::string_view left = *reply.body;
  const std::size_t most = reply.bytes_per_chunk.value_or(mock_reply_state::whole_parts);
  std::vector<stretch> all;
  const auto take = [&](std::size_t size, std::optional<std::chrono::milliseconds> wait) {
    std::string_view part = left.substr(0, size);
    left.remove_prefix(part.size());
    while (!part.empty()) {
      all.push_back({part.substr(0, most), wait});
      part.remove_prefix(all.back().text.size());
      // Only the first chunk waits.
      wait.reset();
    }
  };
  for (const auto& part : reply.parts) take(part.size, part.wait);
  if (!left.empty()) take(left.size(), {});
  return all;
}

// Appends the body, or its first `limit` bytes, to the parts.
void write_body(std::vector<answer_part>& out, const mock_reply_state& reply, std::size_t limit) {
  const bool chunked = reply.bytes_per_chunk.has_value();
  std::size_t sent = 0;
  bool first = true;
  for (const stretch& each : stretches_of(reply)) {
    if (sent == limit) return;
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
    bytes.append(size.data(), digits.ptr).append("\r\n").append(text);
    if (text.size() == each.text.size()) bytes += "\r\n";
  }
  if (sent < reply.body->size()) return;
  if (reply.last_wait) out.push_back({std::string(), *reply.last_wait});
  if (chunked) out.back().bytes += "0\r\n\r\n";
}

}  // namespace

std::vector<answer_part> write_answer(const mock_reply_state& reply, const RecordedRequest& request,
                                      std::string_view service_id, bool keep_alive) {
  const bool no_body = reply.status == 204 || reply.status == 304;
  const bool cut_short =
      reply.then == mock_reply_state::ending::cut || reply.then == mock_reply_state::ending::stall;
  const std::size_t size = reply.body->size();
  const std::size_t limit = cut_short ? std::min(reply.body_bytes, size) : size;

  std::vector<answer_part> parts(1);
  if (reply.exact) {
    write_body(parts, reply, limit);
    return parts;
  }
  std::string& out = parts.front().bytes;
  out.reserve(1024);
  head_writer head(out, reply);
  if (!no_body) {
    if (!reply.content_type.empty()) head.add("content-type", reply.content_type);
    if (reply.bytes_per_chunk) {
      head.add("transfer-encoding", "chunked");
    } else {
      head.add("content-length", std::to_string(size));
    }
  }
  if (reply.service_headers) add_service_headers(head, request, service_id);
  if (!keep_alive) head.add("connection", "close");
  head.end();
  if (!no_body && request.method != "HEAD") write_body(parts, reply, limit);
  return parts;
}

}  // namespace corochain::testing::detail
