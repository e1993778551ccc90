// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connection_pool.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>

#include "concurrency/loop_use.hpp"
#include "corochain/core/error.hpp"

namespace corochain::transport {
namespace asio = boost::asio;

struct known_endpoint {
  std::string name;
  const std::shared_ptr<endpoint_pool> connections = std::make_shared<endpoint_pool>();
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> pauses{0};
  // The rest is guarded by the lock of the pool's state.
  /// When a sweep first saw it without a use.
  std::optional<pool_state::clock::time_point> unused_since;
  /// The totals of the forgotten endpoints of the same name.
  std::shared_ptr<endpoint_counts> past;

  endpoint_counts counts() const { return {name, connections->counts(), retries, pauses}; }
};

std::vector<std::shared_ptr<endpoint_pool>> pool_state::pools() {
  std::vector<std::shared_ptr<endpoint_pool>> all;
  const std::lock_guard lock(mutex);
  all.reserve(endpoints.size());
  for (const auto& [key, each] : endpoints) all.push_back(each->connections);
  return all;
}

const std::shared_ptr<known_endpoint>& pool_state::at(const endpoint& to) {
  const auto found = endpoints.find(to.key);
  if (found != endpoints.end()) {
    found->second->unused_since.reset();
    return found->second;
  }
  auto made = std::make_shared<known_endpoint>();
  made->name = to.name;
  auto& shared = past[to.name];
  if (!shared) shared = std::make_shared<endpoint_counts>();
  made->past = shared;
  if (closed) made->connections->close();
  return endpoints.emplace(to.key, std::move(made)).first->second;
}

namespace {

/// Call it with the lock held: without the lock no new use of an endpoint can begin. A call holds the
/// endpoint or its pool, as a connection does.
bool forgettable(const std::shared_ptr<known_endpoint>& known, pool_state::clock::time_point now) {
  if (known.use_count() > 1 || known->connections.use_count() > 1) {
    known->unused_since.reset();
    return false;
  }
  if (!known->unused_since) known->unused_since = now;
  if (now - *known->unused_since < connection_pool::memory) return false;
  const endpoint_counts last = known->counts();
  known->past->name = last.name;
  known->past->connections.opened += last.connections.opened;
  known->past->connections.full_handshakes += last.connections.full_handshakes;
  known->past->connections.resumed_handshakes += last.connections.resumed_handshakes;
  known->past->retries += last.retries;
  known->past->pauses += last.pauses;
  return true;
}

}  // namespace

void pool_state::sweep(clock::time_point now) {
  // The first of several threads does the work.
  auto last = swept.load(std::memory_order_relaxed);
  if (now.time_since_epoch() - last < std::chrono::seconds(1) ||
      !swept.compare_exchange_strong(last, now.time_since_epoch()))
    return;
  for (const auto& each : pools()) each->sweep(now);
  const std::lock_guard lock(mutex);
  const auto forgotten =
      std::erase_if(endpoints, [&](const auto& each) { return forgettable(each.second, now); });
  // The other owners of a total are the endpoints of its name.
  if (forgotten > 0) std::erase_if(past, [](const auto& each) { return each.second.use_count() == 1; });
}

void pool_state::keep_at_most(std::size_t most) {
  for (const auto& each : pools()) each->keep_at_most(most);
}

std::uint64_t pool_state::turn_of(const asio::any_io_executor& executor) {
  if (!turn_marked.exchange(true))
    asio::post(executor, [self = shared_from_this()] {
      self->turn.fetch_add(1);
      self->turn_marked = false;
    });
  return turn.load();
}

connection_request::connection_request(std::shared_ptr<pool_state> state,
                                       std::shared_ptr<endpoint_pool> endpoint, const pool_limits& limits)
    : state_(std::move(state)), endpoint_(std::move(endpoint)), limits_(limits) {}

connection_request::~connection_request() {
  if (waited_) endpoint_->waiter_ended(endpoint_pool::clock::now());
}

in_flight_call::in_flight_call(std::shared_ptr<pool_state> state, const endpoint& to)
    : state_(std::move(state)) {
  const std::lock_guard lock(state_->mutex);
  if (state_->draining) {
    ErrorDetails details;
    details.connect_problem = ConnectProblem::draining;
    details.retryable = false;
    throw ConnectError("the calls of this execution context are being drained: no new ones are taken",
                       std::move(details));
  }
  of_ = state_->at(to);
  ++state_->in_flight;
}

in_flight_call::~in_flight_call() {
  std::vector<std::weak_ptr<detail::async_event>> told;
  {
    const std::lock_guard lock(state_->mutex);
    if (--state_->in_flight == 0) told.swap(state_->drains);
  }
  // Without the lock: the coroutine of a drain takes it, and may resume on another thread at once.
  for (const auto& each : told)
    if (const auto event = each.lock()) event->fire();
}

std::unique_ptr<connection_request> in_flight_call::request(const pool_limits& limits) const {
  return std::make_unique<connection_request>(state_, of_->connections, limits);
}

void in_flight_call::count_retry() noexcept { of_->retries.fetch_add(1, std::memory_order_relaxed); }

void in_flight_call::count_pause() noexcept { of_->pauses.fetch_add(1, std::memory_order_relaxed); }

std::shared_ptr<connection_waiter> connection_request::begin(bool fresh, lease& given) {
  const auto now = endpoint_pool::clock::now();
  state_->sweep(now);
  auto wait = endpoint_->request(limits_, fresh, state_->turn.load(), now, given);
  waited_ = waited_ || wait;
  return wait;
}

void connection_request::give_back(std::unique_ptr<connection> kept) {
  const auto now = endpoint_pool::clock::now();
  state_->sweep(now);
  {
    const std::lock_guard lock(state_->mutex);
    // `kept` is closed on return, without the lock.
    if (state_->draining) return;
  }
  const auto turn = state_->turn_of(kept->socket().get_executor());
  endpoint_->give_back(std::move(kept), limits_, turn, now);
}

connection_pool::connection_pool(asio::execution_context& context)
    : service(context), state_(std::make_shared<pool_state>()) {
  // The private loop of a thread that calls `invoke` now and then need not hold as many connections to each
  // endpoint as its largest batch needed. Loops that a user runs are not over until their context ends.
  detail::loop_use::when_over(context, [pool = std::weak_ptr<pool_state>(state_)] {
    if (const auto state = pool.lock()) state->keep_at_most(2);
  });
}

connection_pool& connection_pool::of(const asio::any_io_executor& executor) {
  return asio::use_service<connection_pool>(asio::query(executor, asio::execution::context));
}

std::unique_ptr<connection_request> connection_pool::request(const endpoint& to, const pool_limits& limits) {
  const std::lock_guard lock(state_->mutex);
  return std::make_unique<connection_request>(state_, state_->at(to)->connections, limits);
}

std::vector<endpoint_counts> connection_pool::snapshot() const {
  std::vector<endpoint_counts> all;
  const std::lock_guard lock(state_->mutex);
  for (const auto& each : state_->endpoints) all.push_back(each.second->counts());
  for (const auto& each : state_->past)
    if (!each.second->name.empty()) all.push_back(*each.second);
  return all;
}

awaitable<std::size_t> connection_pool::drain(std::shared_ptr<pool_state> pool,
                                              std::chrono::steady_clock::time_point deadline) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto over = std::make_shared<detail::async_event>();
  {
    const std::lock_guard lock(pool->mutex);
    pool->draining = true;
    pool->drains.push_back(over);
    if (pool->in_flight == 0) over->fire();
  }
  // Calls that end, the deadline and a cancel all fire the one event.
  asio::steady_timer timer(here, deadline);
  timer.async_wait(asio::bind_executor(here, [over](boost::system::error_code) { over->fire(); }));
  co_await detail::async_event::wait(over);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none)
    throw CancelledError("the wait for the calls in flight was cancelled; no new ones are taken");
  pool->keep_at_most(0);
  const std::lock_guard lock(pool->mutex);
  co_return pool->in_flight;
}

void connection_pool::resume() {
  const std::lock_guard lock(state_->mutex);
  state_->draining = false;
}

void connection_pool::shutdown() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  for (const auto& each : state_->pools()) each->close();
}

}  // namespace corochain::transport
