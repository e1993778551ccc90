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

namespace corochain::testing::detail {

namespace {

namespace http = boost::beast::http;

// Writes the lines of a head, leaving out what the reply names itself.
class head_writer {
 public:
  head_writer(std::string& out, const mock_reply_state& reply) : out_(out), reply_(reply) {
    const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
    out_ += "HTTP/1.1 " + std::to_string(reply.status) + ' ';
    out_.append(reason.data(), reason.size());
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

/// The framing of chunks around a body that may be cut short; a piece of the answer ends with each chunk.
void write_chunks(std::vector<std::string>& out, std::string_view body, const std::vector<std::size_t>& sizes,
                  std::size_t limit) {
  std::size_t sent = 0;
  for (std::size_t i = 0; sent < body.size(); ++i) {
    const auto chunk = body.substr(sent, sizes[std::min(i, sizes.size() - 1)]);
    const auto part = chunk.substr(0, limit - sent);
    std::array<char, 2 * sizeof(std::size_t)> size{};
    const auto digits = std::to_chars(size.data(), size.data() + size.size(), chunk.size(), 16);
    if (sent > 0) out.emplace_back();
    out.back().append(size.data(), digits.ptr).append("\r\n").append(part);
    if (part.size() < chunk.size()) return;
    out.back() += "\r\n";
    sent += chunk.size();
    if (sent == limit && sent < body.size()) return;
  }
  out.back() += "0\r\n\r\n";
}

}  // namespace

std::vector<std::string> write_answer(const mock_reply_state& reply, const RecordedRequest& request,
                                      std::string_view service_id, bool keep_alive) {
  const bool no_body = reply.status == 204 || reply.status == 304;
  const bool cut_short =
      reply.then == mock_reply_state::ending::cut || reply.then == mock_reply_state::ending::stall;
  const std::string_view body = *reply.body;
  const std::size_t limit = cut_short ? std::min(reply.body_bytes, body.size()) : body.size();

  std::vector<std::size_t> sizes = reply.pieces;
  if (sizes.empty() && reply.bytes_per_chunk) sizes.push_back(*reply.bytes_per_chunk);
  const bool chunked = !sizes.empty();
  std::vector<std::string> parts(1);
  std::string& out = parts.front();
  out.reserve(1024);
  head_writer head(out, reply);
  if (!no_body) {
    if (!reply.content_type.empty()) head.add("content-type", reply.content_type);
    if (chunked) {
      head.add("transfer-encoding", "chunked");
    } else {
      head.add("content-length", std::to_string(body.size()));
    }
  }
  if (reply.service_headers) add_service_headers(head, request, service_id);
  if (!keep_alive) head.add("connection", "close");
  head.end();

  if (no_body || request.method == "HEAD") return parts;
  if (!chunked)
    out += body.substr(0, limit);
  else
    write_chunks(parts, body, sizes, limit);
  if (reply.piece_interval > std::chrono::milliseconds(0)) return parts;
  for (std::size_t i = 1; i < parts.size(); ++i) parts.front() += parts[i];
  parts.resize(1);
  return parts;
}

}  // namespace corochain::testing::detail
