// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// An HTTP service on an io_context of one's own, with two threads. `POST /ask` with a question answers with
// server-sent events, one for each chunk. A failure before the first chunk is an HTTP status, a later one is
// an event. A client that leaves ends its call. At SIGTERM or SIGINT the service takes no new questions,
// gives those under way two seconds, and ends.
//
// usage: 11_service [PORT]     without a port it asks itself one question and ends

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "support/demo.hpp"
#include "support/post_question.hpp"

namespace asio = boost::asio;
namespace cc = corochain;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

using Chain = cc::Runnable<cc::Dict, std::string>;

http::status status_of(const cc::Failure& failure) {
  if (failure.kind() == cc::ErrorKind::rate_limit) return http::status::too_many_requests;
  return failure.http_status() == 400 ? http::status::bad_request : http::status::bad_gateway;
}

cc::awaitable<void> refuse(tcp::socket& client, http::status status, std::string why) {
  http::response<http::string_body> response(status, 11, why + "\n");
  response.keep_alive(false);
  response.prepare_payload();
  co_await http::async_write(client, response, use_awaitable);
}

cc::awaitable<void> send(tcp::socket& client, std::string bytes) {
  co_await asio::async_write(client, asio::buffer(bytes), use_awaitable);
}

std::string event(const char* name, const std::string& text) {
  return std::string("event: ") + name + "\ndata: " + nlohmann::json(text).dump() + "\n\n";
}

cc::awaitable<void> answer(tcp::socket& client, cc::Stream<std::string> chunks) {
  std::string before = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
  std::optional<cc::Failure> failure;
  try {
    while (auto chunk = co_await chunks.next())
      co_await send(client, std::exchange(before, "") + event("chunk", *chunk));
  } catch (const cc::CancelledError&) {
    throw;
  } catch (const cc::Error&) {
    failure.emplace(std::current_exception());
  }
  if (!failure)
    co_await send(client, before + event("end", ""));
  else if (before.empty())
    co_await send(client, event("error", failure->message()));
  else
    co_await refuse(client, status_of(*failure), failure->message());
}

// A client that waits for its answer sends nothing but its end.
cc::awaitable<void> has_left(tcp::socket& client) {
  co_await client.async_wait(tcp::socket::wait_read, use_awaitable);
}

class Service {
 public:
  Service(asio::io_context& context, Chain chain, unsigned short port)
      : context_(context),
        chain_(std::move(chain)),
        acceptor_(asio::make_strand(context), tcp::endpoint(asio::ip::address_v4::loopback(), port)),
        all_answered_(acceptor_.get_executor()) {
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    asio::co_spawn(acceptor_.get_executor(), end_at_signal(), asio::detached);
  }
  unsigned short port() const { return acceptor_.local_endpoint().port(); }

 private:
  cc::awaitable<void> accept() {
    for (;;) {
      tcp::socket client = co_await acceptor_.async_accept(asio::make_strand(context_), use_awaitable);
      const asio::any_io_executor strand = client.get_executor();
      asio::co_spawn(strand, serve(std::move(client)), asio::detached);
    }
  }

  cc::awaitable<void> serve(tcp::socket client) {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    co_await http::async_read(client, buffer, request, use_awaitable);
    if (request.method() != http::verb::post || request.target() != "/ask")
      co_return co_await refuse(client, http::status::not_found, "POST a question to /ask");
    ++busy_;  // before the test, so that the end waits for this answer
    try {
      auto reply = draining_ ? refuse(client, http::status::service_unavailable, "about to end")
                             : answer(client, chain_.astream(request.body()));
      co_await cc::until(std::move(reply), has_left(client));
    } catch (const std::exception&) {  // the client has left
    }
    if (--busy_ == 0 && draining_) asio::post(acceptor_.get_executor(), [this] { all_answered_.cancel(); });
  }

  cc::awaitable<void> end_at_signal() {
    asio::signal_set signals(acceptor_.get_executor(), SIGINT, SIGTERM);
    co_await signals.async_wait(use_awaitable);
    draining_ = true;
    all_answered_.expires_after(2s);
    if (busy_ > 0) co_await all_answered_.async_wait(asio::as_tuple(use_awaitable));
    context_.stop();
  }

  asio::io_context& context_;
  const Chain chain_;
  tcp::acceptor acceptor_;
  asio::steady_timer all_answered_;
  std::atomic<bool> draining_ = false;
  std::atomic<int> busy_ = 0;
};

void demonstrate(const std::string& port) {
  cc::testing::MockServer server;
  const auto prompt = cc::ChatPromptTemplate::from_template("{question}");
  const cc::AzureChatOpenAI model(example::mock_options(server));
  asio::io_context context(2);
  Service service(context, prompt | model | cc::StrOutputParser(),
                  static_cast<unsigned short>(std::stoi(port)));
  std::thread client([&] { example::post_question(port == "0" ? service.port() : 0); });
  std::thread second([&] { context.run(); });
  context.run();
  second.join();
  client.join();
}

}  // namespace

int main(int count, char** arguments) {
  return example::run_example("11_service", [&] { demonstrate(count > 1 ? arguments[1] : "0"); });
}
