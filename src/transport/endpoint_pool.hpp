// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "concurrency/async_event.hpp"
#include "transport/connection.hpp"
#include "transport/connection_slot.hpp"
#include "transport/limits.hpp"

namespace corochain::transport {

/// The result of a request for a connection: a kept-alive connection, or the slot to open one in. Both are
/// empty if the caller has to wait.
struct lease {
  std::unique_ptr<connection> kept;
  std::unique_ptr<connection_slot> slot;
  explicit operator bool() const noexcept { return kept || slot; }
};

/// A call's wait for a connection, in order of arrival. The destructor closes the connection of a lease that
/// was not taken and gives its slot back.
///
/// The exchange that waits owns it. The pool holds it weakly and delivers on whatever thread gives a
/// connection back; the event resumes the waiting coroutine on its own executor.
class connection_waiter {
 public:
  connection_waiter(const pool_limits& limits, bool fresh) : limits_(limits), fresh_(fresh) {}

  /// The limits of the waiting call. It keeps a copy, since the pool may read it after the call has ended.
  const pool_limits& limits() const noexcept { return limits_; }
  /// Whether only a new connection will do.
  bool fresh() const noexcept { return fresh_; }
  /// Fires when a lease was delivered. A call that gives up fires it itself.
  const std::shared_ptr<detail::async_event>& event() const noexcept { return event_; }
  /// The lease, once the event has fired. Empty when the wait was abandoned.
  lease take() noexcept { return std::move(lease_); }
  /// Returns false if the lease is no longer wanted. The waiting coroutine resumes when `waiting` is fired.
  bool deliver(lease& given, detail::stored_handler& waiting) noexcept {
    return event_->fire([&] { lease_ = std::move(given); }, waiting);
  }

 private:
  pool_limits limits_;
  bool fresh_;
  const std::shared_ptr<detail::async_event> event_ = std::make_shared<detail::async_event>();
  lease lease_;
};

/// The counts of one endpoint's connections and calls in one execution context.
struct connection_counts {
  /// Connections, idle ones and those that are being opened included.
  std::size_t open = 0;
  /// Those of them that are being opened.
  std::size_t connecting = 0;
  /// Those of them that no call uses.
  std::size_t idle = 0;
  /// Calls that wait for a connection.
  std::size_t waiting = 0;
  /// Connections opened since the start.
  std::size_t opened = 0;
  /// The TLS handshakes of these, by their kind. Plain connections have none.
  std::size_t full_handshakes = 0;
  std::size_t resumed_handshakes = 0;
};

/// The connections of one execution context to one endpoint, and the calls that wait for one in order of
/// arrival.
///
/// Safe from any thread. An idle connection has no operation and no timer outstanding, so that the user's
/// `io_context::run()` returns when the user's work is done. Its age is checked when a connection is taken or
/// returned. Connections are closed without the lock, because their slots call back.
///
/// The limits come with each request, since models with different limits share a pool: each call keeps to its
/// own.
class endpoint_pool : public std::enable_shared_from_this<endpoint_pool> {
 public:
  using clock = connection::clock;
  using dropped_list = std::vector<std::unique_ptr<connection>>;

  /// Asks for a connection, for a new one if `fresh`. Returns null if `given` holds it at once, else the wait
  /// for it. `turn` counts the turns of the context's loop. The connection that was used last is taken, so
  /// that a smaller load lets the others grow old.
  std::shared_ptr<connection_waiter> request(const pool_limits& limits, bool fresh, std::uint64_t turn,
                                             clock::time_point now, lease& given);
  /// Keeps a connection for the next call. Its response was read to the end. A pool that is closed closes it
  /// instead.
  void give_back(std::unique_ptr<connection> idle, const pool_limits& limits, std::uint64_t turn,
                 clock::time_point now);
  /// Notes that a call that waited has ended. The calls behind it in the queue may go on: their own limits
  /// may allow what the limits of the first one forbade.
  void waiter_ended(clock::time_point now);
  /// Close idle connections: those that are too old; all but the `most` that were used last.
  void sweep(clock::time_point now);
  void keep_at_most(std::size_t most);
  /// Closes the idle connections, and from now on those that are returned.
  void close();
  connection_counts counts() const;

 private:
  // It reports the begin and the end of its connection by the two functions `slot_*`.
  friend class connection_slot;

  struct idle_connection {
    std::unique_ptr<connection> kept;
    // The limits of the call that returned it.
    std::chrono::seconds idle_timeout, max_age;
    bool too_old(clock::time_point now) const noexcept;
  };

  /// Objects that are destroyed after the lock is released, because each of them may call the pool again. So
  /// may waiters that are woken: an executor that is being destroyed destroys them at once.
  struct leftovers {
    ~leftovers() {
      for (auto& each : woken)
        if (each) each.fire();
    }
    std::vector<detail::stored_handler> woken;
    std::vector<std::shared_ptr<connection_waiter>> served;
    std::vector<lease> undelivered;
    dropped_list dropped;
  };

  void slot_connected(bool has_tls, bool resumed) noexcept;
  void slot_released(bool was_connecting) noexcept;
  /// With the lock held: returns what can be given now, if anything. Puts the connections to be closed into
  /// `dropped`.
  lease next_lease(const pool_limits& limits, bool fresh, clock::time_point now, dropped_list& dropped);
  /// With the lock held: the first waiter that has not given up, or null. Those before it are forgotten.
  std::shared_ptr<connection_waiter> first_waiter();
  /// With the lock held: serves the waiters in order for as long as that is possible.
  void serve(clock::time_point now, leftovers& left);

  mutable std::mutex mutex_;
  // The one that was used last is at the back.
  std::vector<idle_connection> idle_;
  // In order of arrival.
  std::deque<std::weak_ptr<connection_waiter>> queue_;
  connection_counts counts_;
  // The turn of the loop at the last request or return.
  std::uint64_t turn_ = 0;
  bool closed_ = false;
};

}  // namespace corochain::transport
