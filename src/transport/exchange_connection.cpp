// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// How an exchange obtains its connection: it asks the pool of its execution context, and gets an idle
// connection, the slot to open one in, or a wait. Opening one goes through the name look-up, the race of its
// addresses, the proxy and TLS. All of it shares one limit, `connect`, except the wait in the queue, which
// only the deadline bounds. exchange.cpp is the rest of the class.
#include <boost/asio/error.hpp>

#include "concurrency/run_context.hpp"
#include "observability/log_line.hpp"
#include "transport/exchange.hpp"
#include "transport/transport_error.hpp"

namespace corochain::transport {
namespace asio = boost::asio;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;

/// Takes an idle connection. Nothing is to be prepared: it was found quiet.
void exchange::use(std::unique_ptr<connection> kept) {
  connection_ = std::move(kept);
  report_.reused = true;
  if (detail::log_wants(LogLevel::debug))
    detail::log_line(LogLevel::debug, "connection.reused").add("endpoint", settings_.to->name).write();
}

/// Takes an idle connection if there is one. Returns false if the exchange has to wait or to connect: see
/// `obtain_connection`. Not a coroutine, because nearly all calls under load end here.
bool exchange::obtain_at_once(bool fresh) {
  lease given;
  waiter_ = request_->begin(fresh, given);
  slot_ = std::move(given.slot);
  if (!given.kept) return false;
  use(std::move(given.kept));
  return true;
}

/// Waits for a connection or a slot, and opens a connection in the slot.
awaitable<void> exchange::obtain_connection() {
  if (waiter_) {
    const auto start = clock::now();
    watchdog_->guard(Phase::queued, settings_.deadline);
    co_await detail::async_event::wait(waiter_->event());
    lease given = waiter_->take();
    waiter_ = nullptr;
    report_.timing.queued += clock::now() - start;
    check();
    // The event fires without a lease only if the wait was cancelled.
    if (!given) throw_cancelled();
    if (given.kept) {
      use(std::move(given.kept));
      co_return;
    }
    slot_ = std::move(given.slot);
  }
  // It was set if the request is sent again after a reused connection.
  report_.reused = false;
  co_await open_connection();
}

/// Opens a connection in `slot_`, ready for a request.
awaitable<void> exchange::open_connection() {
  reader_.reset();
  const auto start = clock::now();
  const auto until = limit(settings_.limits->times.connect);
  watchdog_->guard(Phase::resolve, until);
  std::vector<asio::ip::address> addresses;
  if (settings_.to->connect_host_is_address()) {
    addresses.push_back(asio::ip::make_address(settings_.to->connect_host()));
  } else {
    // The resolver of the process is looked up here, because a child of fork has another one.
    const auto names = settings_.names ? settings_.names : resolver::system();
    lookup_ = names->begin(settings_.to->connect_host());
    lookup_result found = co_await resolver::finish(lookup_);
    lookup_ = nullptr;
    check();
    if (found.error == asio::error::operation_aborted) throw_cancelled();
    if (found.error) throw_lookup_error(*settings_.to, found.error);
    addresses = std::move(found.addresses);
  }
  // Sockets are made on the context's own executor, not on the strand of the run: a pooled connection must
  // not hold the run that opened it. The handlers of this run go on its strand all the same.
  watchdog_->guard(Phase::connect, until);
  connect_race_ = std::make_shared<connect_race>(detail::io_executor(serial_), serial_, std::move(addresses),
                                                 settings_.to->connect_port());
  const error_code error = co_await connect_race::run(connect_race_);
  check();
  if (error == asio::error::operation_aborted) throw_cancelled();
  if (error) throw_connect_error(*settings_.to, error);
  auto socket = connect_race_->take();
  connect_race_ = nullptr;
  connection_ = std::make_unique<connection>(std::move(socket), settings_.to, std::move(slot_));
  report_.opened = true;
  if (settings_.to->proxy && settings_.to->tls) {
    watchdog_->guard(Phase::proxy, until);
    co_await ask_proxy();
  }
  const auto connected = clock::now();
  report_.timing.connect += connected - start;
  if (settings_.to->tls) {
    watchdog_->guard(Phase::tls_handshake, until);
    co_await shake_hands();
    report_.timing.tls += clock::now() - connected;
  }
  // From here on the next connection to the endpoint may be opened, if `max_connecting` held it back.
  connection_->slot().connected(connection_->has_tls(), connection_->resumed());
  if (detail::log_wants(LogLevel::debug))
    detail::log_line(LogLevel::debug, "connection.opened")
        .add("endpoint", settings_.to->name)
        .add("took", clock::now() - start)
        .add("resumed", connection_->resumed() ? "yes" : "no")
        .write();
}

/// Asks the proxy for a tunnel to the endpoint. Any end of the connection in this phase is the proxy's.
awaitable<void> exchange::ask_proxy() {
  codec::http_response response;
  response_reader reader(response, settings_.limits->sizes, settings_.limits->sizes.head);
  try {
    const codec::http_request request(*settings_.to->proxy->connect);
    http1_request_writer written(request);
    if (!write_some(written)) co_await write_rest(written);
    while (!reader.head_complete()) {
      char piece[1024];
      const io_step step = connection_->read(piece, sizeof piece);
      if (step.how == io_step::state::want_read) {
        const auto [error] = co_await connection_->wait_for(step.how, weak_from_this());
        check();
        if (error) fail(error);
        continue;
      }
      if (step.how == io_step::state::failed) throw_proxy_error(*settings_.to, 0, step.error);
      const error_code error = reader.feed({piece, step.bytes});
      if (error && !reader.head_complete()) throw_proxy_error(*settings_.to, 0, error);
    }
  } catch (const ConnectError& failure) {
    if (failure.problem() == ConnectProblem::proxy) throw;
    throw_proxy_error(*settings_.to, 0, failure.cause());
  }
  if (!response.succeeded()) throw_proxy_error(*settings_.to, response.status, {});
  // A TLS server does not speak first, so bytes behind the proxy's head come from no server.
  if (!response.body.empty()) throw_proxy_error(*settings_.to, 0, {});
}

/// Does the TLS handshake. The certificate is verified in it, before anything of the request is sent.
awaitable<void> exchange::shake_hands() {
  connection_->prepare_tls();
  for (;;) {
    const io_step step = connection_->handshake();
    if (step.how == io_step::state::done) co_return;
    if (step.how == io_step::state::failed)
      throw_tls_error(*settings_.to, step.error, connection_->verify_result());
    const auto [error] = co_await connection_->wait_for(step.how, weak_from_this());
    check();
    if (error) throw_tls_error(*settings_.to, error, connection_->verify_result());
  }
}

}  // namespace corochain::transport
