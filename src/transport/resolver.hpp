// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/awaitable.hpp"

namespace corochain::transport {

/// The addresses of a name, or why it could not be found.
struct lookup_result {
  boost::system::error_code error;
  std::vector<boost::asio::ip::address> addresses;
};

/// One caller's wait for a name. `abandon` stops the wait at once and may be called from any thread. The
/// look-up itself goes on and does not touch the caller's objects.
class lookup_wait;

/// Looks a name up on one of at most four threads of the process. The first look-up starts the first thread.
///
/// An `exchange` asks it when it opens a connection. The callers are on any thread; each resumes on its own
/// executor. A look-up that hangs in the system occupies one of the four threads, and no caller: each can
/// leave at any time.
///
/// It replaces Asio's resolver, which ignores cancellation, serves one name at a time and delays the
/// destruction of its context. Waits for the same name share one look-up. A result is kept for 60 seconds; a
/// failure is not kept.
class resolver {
 public:
  /// Looks up a name and blocks. Called on the resolver's threads.
  using query_function = std::function<lookup_result(const std::string& host)>;

  using clock = std::chrono::steady_clock;

  /// `now` returns the time by which results age. It is called on any thread.
  explicit resolver(query_function query, std::function<clock::time_point()> now = &clock::now);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// The resolver of the process, which asks the system.
  static std::shared_ptr<resolver> system();

  /// Begins a wait. `finish` awaits it. The result is there at once if it is kept from before. Errors are in
  /// the result: `operation_aborted` after `abandon`, or after a cancel of the awaiting coroutine.
  std::shared_ptr<lookup_wait> begin(const std::string& host);
  static awaitable<lookup_result> finish(std::shared_ptr<lookup_wait> wait);
  static void abandon(lookup_wait& wait) noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace corochain::transport
