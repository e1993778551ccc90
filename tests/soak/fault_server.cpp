// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "soak/fault_server.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <stdexcept>

#include "testing/certificates.hpp"

namespace corochain::soak {
namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

struct service {
  ledger& seen;
  std::size_t calls;
  std::uint64_t seed;
};

/// The bytes of an answer and the way in which it ends too early.
struct plan {
  /// All bytes to send.
  std::string bytes;
  /// Sends nothing more afterwards.
  bool stall = false;
  bool close = false;
  bool reset = false;
};

std::string with_head(const char* status, const std::string& more, const std::string& body) {
  return std::string("HTTP/1.1 ") + status + "\r\nContent-Type: application/json\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunk(const std::string& text) {
  char size[17];
  const auto end = std::to_chars(size, size + sizeof size, text.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + text + "\r\n";
}

std::string event(const std::string& json) { return chunk("data: " + json + "\n\n"); }

std::string text_event(const std::string& text) {
  return event(R"({"id":"c","model":"m","choices":[{"index":0,"delta":{"content":")" + text + R"("}}]})");
}

constexpr const char* stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string whole_answer(std::uint64_t call) {
  return with_head(
      "200 OK", "",
      R"({"id":"c","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":")" +
          answer_to(call) + R"("}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})");
}

/// The text events of a stream, without the events that complete it.
std::string text_events(std::uint64_t call) {
  const std::string text = answer_to(call);
  std::string all;
  for (std::size_t at = 0; at < text.size(); at += 700) all += text_event(text.substr(at, 700));
  return all;
}

std::string streamed_answer(std::uint64_t call) {
  return stream_head + text_events(call) +
         event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") + chunk("data: [DONE]\n\n") +
         "0\r\n\r\n";
}

/// An answer with the text in a part, the usage in the choice, and members that are null or have other types.
std::string odd_answer(std::uint64_t call, const char* status) {
  return with_head(
      status, "",
      R"({"id":7,"error":null,"choices":[{"index":null,"logprobs":null,"message":{"content":[{"type":"thinking","thinking":"x"},)"
      R"({"type":"text","text":")" +
          answer_to(call) +
          R"("}],"tool_calls":null},"finish_reason":"stop","usage":{"prompt_tokens":1,"total_tokens":1}}]})");
}

/// A stream of a few events whose chunks are joined by one line feed, between foreign events.
std::string odd_events(std::uint64_t call) {
  const std::string text = answer_to(call);
  std::string joined;
  for (std::size_t at = 0; at < text.size(); at += 1000)
    joined += R"(data: {"choices":[{"delta":{"content":")" + text.substr(at, 1000) + "\"}}]}\n";
  joined += R"(data: {"choices":[{"delta":{},"finish_reason":"stop"}]})";
  return std::string(stream_head) + chunk(": PROCESSING\n\n") + chunk("event: ping\ndata:\n\n") +
         chunk("event: tool.progress\ndata: {\"tool\":\"x\"}\n\n") + event("{}") +
         chunk("event: whatever\n" + joined + "\n\n") + chunk("data: [DONE] \n\n") + "0\r\n\r\n";
}

plan plan_for(fault kind, std::uint64_t call, bool streamed) {
  plan made;
  made.bytes = streamed ? streamed_answer(call) : whole_answer(call);
  const std::size_t body = made.bytes.find("\r\n\r\n") + 4;
  // After the first chunk of a stream, so that the client has received some of it.
  const std::size_t in_body =
      streamed ? body + text_event(answer_to(call).substr(0, 700)).size() + 20 : body + 30;
  switch (kind) {
    case fault::close_before:
    case fault::reset_before: made.bytes.clear(); break;
    case fault::reset_in_head: made.bytes.resize(25); break;
    case fault::reset_in_body:
    case fault::cut_body:
    case fault::stall_in_body: made.bytes.resize(in_body); break;
    case fault::too_many:
      made.bytes = with_head("429 Too Many Requests", "retry-after-ms: 3\r\n",
                             R"({"error":{"code":"RateLimitReached","message":"slow down"}})");
      break;
    case fault::failed: made.bytes = with_head("500 Internal Server Error", "", "<html>oops</html>"); break;
    case fault::garbage: made.bytes = "\x16\x03\x01 this is not what you want\r\n\r\n"; break;
    case fault::bad_json:
      made.bytes = streamed ? stream_head + text_event("half") + event("{]") + "0\r\n\r\n"
                            : with_head("200 OK", "", R"({"choices":"none"})");
      break;
    case fault::stall_before: made.bytes.clear(); break;
    case fault::odd_shape: made.bytes = odd_answer(call, "200 OK"); break;
    case fault::odd_line: made.bytes = odd_answer(call, "200"); break;
    case fault::other_form: made.bytes = streamed ? whole_answer(call) : streamed_answer(call); break;
    case fault::error_in_200:
      made.bytes =
          with_head("200 OK", "retry-after-ms: 3\r\n", R"({"error":{"message":"slow down","code":429}})");
      break;
    case fault::choice_error:
      made.bytes = with_head(
          "200 OK", "",
          R"({"choices":[{"message":{"content":"half"},"finish_reason":"error","error":{"code":400,"message":"m"}}]})");
      break;
    case fault::cold_model:
      made.bytes = with_head("424 Failed Dependency", "x-ms-retry-after-ms: 2\r\n",
                             R"([{"error":{"message":"cold"}}])");
      break;
    case fault::odd_events: made.bytes = odd_events(call); break;
    case fault::early_error:
      made.bytes = std::string("HTTP/1.1 200 OK\r\nretry-after-ms: 2\r\nTransfer-Encoding: chunked\r\n\r\n") +
                   event(R"({"choices":[{"delta":{"role":"assistant"}}]})") +
                   event(R"({"error":{"message":"overloaded","code":"server_is_overloaded"}})") + "0\r\n\r\n";
      break;
    case fault::early_end: made.bytes = std::string(stream_head) + chunk(": hello\n\n") + "0\r\n\r\n"; break;
    case fault::stream_end: made.bytes = stream_head + text_events(call) + "0\r\n\r\n"; break;
    case fault::stream_error:
      made.bytes = stream_head + text_events(call) +
                   event(R"({"error":{"message":"overloaded","type":"server_error"}})") + "0\r\n\r\n";
      break;
    default: break;
  }
  made.reset = kind == fault::reset_before || kind == fault::reset_in_head || kind == fault::reset_in_body ||
               kind == fault::reset_after;
  made.close = kind == fault::close_before || kind == fault::cut_body || kind == fault::close_after ||
               kind == fault::garbage;
  made.stall = kind == fault::stall_before || kind == fault::stall_in_body;
  return made;
}

/// Records the request and decides how to answer it.
plan judge(service& with, const std::string& request, bool reused) {
  const std::size_t at = request.find(R"("content":"q)");
  std::uint64_t call = 0;
  if (at == std::string::npos ||
      std::from_chars(request.data() + at + 12, request.data() + request.size(), call).ec != std::errc() ||
      call >= with.calls)
    return {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", false, false, false};
  const bool streamed = request.find(R"("stream":true)") != std::string::npos;
  call_record& record = with.seen.calls[call];
  const auto before = record.requests.fetch_add(1);
  const fault kind = fault_of(with.seed, call, before, streamed);
  record.last = static_cast<std::uint8_t>(kind);
  if (reused && (kind == fault::close_before || kind == fault::reset_before)) ++record.unanswered_on_reused;
  ++with.seen.faults[static_cast<std::size_t>(kind)];
  return plan_for(kind, call, streamed);
}

template <class Line>
asio::awaitable<void> answer_all(service& with, Line& line) {
  std::string input;
  for (int number = 0;; ++number) {
    const std::size_t head =
        co_await asio::async_read_until(line, asio::dynamic_buffer(input), "\r\n\r\n", use_awaitable);
    const std::size_t at = input.find("Content-Length: ");
    std::size_t body = 0;
    if (at < head) std::from_chars(input.data() + at + 16, input.data() + head, body);
    if (input.size() < head + body)
      co_await asio::async_read(line, asio::dynamic_buffer(input),
                                asio::transfer_exactly(head + body - input.size()), use_awaitable);
    const plan made = judge(with, input.substr(0, head + body), number > 0);
    input.erase(0, head + body);
    if (!made.bytes.empty()) co_await asio::async_write(line, asio::buffer(made.bytes), use_awaitable);
    if (made.stall) {
      char byte;
      co_await line.async_read_some(asio::buffer(&byte, 1), use_awaitable);  // until the client has left
      co_return;
    }
    if (made.reset) {
      if (!made.bytes.empty()) {  // what was sent is to be heard
        asio::steady_timer timer(line.get_executor(), std::chrono::milliseconds(2));
        co_await timer.async_wait(use_awaitable);
      }
      line.lowest_layer().set_option(asio::socket_base::linger(true, 0));
    }
    if (made.reset || made.close) co_return;
  }
}

asio::awaitable<void> serve_plain(service& with, tcp::socket socket) { co_await answer_all(with, socket); }

asio::awaitable<void> serve_tls(service& with, asio::ssl::context& tls, tcp::socket socket) {
  asio::ssl::stream<tcp::socket> line(std::move(socket), tls);
  co_await line.async_handshake(asio::ssl::stream_base::server, use_awaitable);
  co_await answer_all(with, line);
}

void ignore(std::exception_ptr) {}  // clients leave

asio::awaitable<void> accept(service& with, tcp::acceptor& from, asio::ssl::context* tls) {
  for (;;) {
    tcp::socket socket = co_await from.async_accept(use_awaitable);
    socket.set_option(tcp::no_delay(true));
    ++with.seen.connections;
    auto work = tls ? serve_tls(with, *tls, std::move(socket)) : serve_plain(with, std::move(socket));
    asio::co_spawn(from.get_executor(), std::move(work), ignore);
  }
}

}  // namespace

fault_server::fault_server(ledger& seen, std::size_t calls, std::uint64_t seed) {
  const auto issued =
      testing::detail::issue_certificates(testing::MockServerOptions::Certificate::valid, "127.0.0.1");
  ca_ = issued.ca;
  asio::io_context loop;
  tcp::acceptor plain(loop, {asio::ip::address_v4::loopback(), 0});
  tcp::acceptor secure(loop, {asio::ip::address_v4::loopback(), 0});
  plain_port_ = plain.local_endpoint().port();
  tls_port_ = secure.local_endpoint().port();
  const ::pid_t parent = ::getpid();
  loop.notify_fork(asio::execution_context::fork_prepare);
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("cannot fork");
  if (process_ > 0) {
    loop.notify_fork(asio::execution_context::fork_parent);
    return;  // the child has the sockets
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  loop.notify_fork(asio::execution_context::fork_child);
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain(asio::buffer(issued.certificate));
  tls.use_private_key(asio::buffer(issued.private_key), asio::ssl::context::pem);
  SSL_CTX_set_num_tickets(tls.native_handle(),
                          1);  // so that a client's store of them is soon as full as it gets
  service with{seen, calls, seed};
  asio::co_spawn(loop, accept(with, plain, nullptr), asio::detached);
  asio::co_spawn(loop, accept(with, secure, &tls), asio::detached);
  loop.run();
  ::_exit(1);
}

fault_server::~fault_server() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

bool fault_server::running() const { return ::waitpid(process_, nullptr, WNOHANG) == 0; }

}  // namespace corochain::soak
