// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/header_value.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/run_config.hpp"

namespace corochain {

class CallbackHandler;

/// What holds for a run and for all that it calls, without being passed on:
/// `chain.ainvoke(input, RunConfig().run_name("summarise").tag("nightly").timeout(5s))`.
///
/// It is given with a call (the last argument of every verb), or bound to a runnable with `with_config`, and everything
/// below inherits it. Where several meet:
/// - tags are united, handlers are all told;
/// - of deadlines and timeouts the nearest holds, of `max_concurrency` all hold, so the tightest counts;
/// - of metadata, configurable values, headers, the run's name and the recursion limit, what is given with a call goes
///   before what the call inherits, and that before what is bound. So a caller can change what a chain was made with.
///
/// A value; copies are cheap. Distinct objects may be used by distinct threads, const access is safe from several.
class COROCHAIN_EXPORT RunConfig {
 public:
  using duration = std::chrono::steady_clock::duration;

  RunConfig();
  RunConfig(const RunConfig&);
  RunConfig(RunConfig&&) noexcept;
  RunConfig& operator=(const RunConfig&);
  RunConfig& operator=(RunConfig&&) noexcept;
  ~RunConfig();

  /// What the run is called in events; of this run only, not of what it calls.
  RunConfig& run_name(std::string name);
  RunConfig& tag(std::string tag);
  RunConfig& tags(ListArg<std::string> tags);
  RunConfig& metadata(std::string name, Value value);
  /// A value that steps may ask for with `current_config`.
  RunConfig& configurable(std::string name, Value value);
  /// For each run that is given this: when it is over, the run is cancelled and awaited, and throws a `TimeoutError`.
  /// Zero or less is over at once; `duration::max()` is none. Of a stream it counts from the first pull, and what a
  /// step in a streamed chain waits for its input is part of its time.
  RunConfig& timeout(duration limit);
  /// The same as a point in time.
  RunConfig& deadline(std::chrono::steady_clock::time_point at);
  /// A header that every request to a model below is sent with, instead of one of that name in its `default_headers`;
  /// the last value of a name counts. `traceparent` of W3C Trace Context is such a header. Throws `ConfigError` for a
  /// name or value that is none, and for names that the library sets itself: credentials, framing, `Idempotency-Key`.
  RunConfig& header(std::string name, HeaderValue value);
  /// Calls that run at once in whatever fans out below, the run itself included as the one that waits for them; of a
  /// batch also its items, whether it is given with the batch or bound to what it calls. 0: no limit of its own.
  RunConfig& max_concurrency(std::size_t most);
  /// Is told what happens in the run and below it, once, however often it is given; not null.
  RunConfig& callback(std::shared_ptr<CallbackHandler> handler);
  /// How deep calls may call before a `ConfigError` stops them: 25 by default. Calls that a step begins side by side by
  /// means of Asio's own, in one coroutine, count as if they were nested.
  RunConfig& recursion_limit(std::size_t depth);

  const std::string& run_name() const noexcept;
  const std::vector<std::string>& tags() const noexcept;
  const Dict& metadata() const noexcept;
  const Dict& configurable() const noexcept;
  bool empty() const noexcept { return !state_; }

  /// For functions that build on the library.
  const std::shared_ptr<const detail::config_state>& state() const noexcept { return state_; }

 private:
  friend void detail::tighten(BatchOptions&, RunConfig&);
  friend void detail::listen_directly(RunConfig&, std::shared_ptr<CallbackHandler>);
  detail::config_state& own();
  std::shared_ptr<const detail::config_state> state_;
};

/// The tags, metadata and configurable values in force where the awaiting coroutine is: for steps of your own.
COROCHAIN_EXPORT awaitable<RunConfig> current_config();

}  // namespace corochain
