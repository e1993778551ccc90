// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/http/http_request.hpp"
#include "codec/http/http_response.hpp"
#include "codec/retry_policy.hpp"
#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/header_value.hpp"
#include "corochain/core/secret.hpp"
#include "models/deployment_state.hpp"
#include "models/token_source.hpp"
#include "observability/call_log.hpp"
#include "transport/exchange.hpp"

namespace corochain::models {

/// What calls to one target of a model service need: where, who, how long and how often. Immutable and shared by all
/// calls.
struct service_settings {
  using duration = std::chrono::steady_clock::duration;

  std::shared_ptr<const transport::endpoint> to;
  codec::request_head head;
  codec::request_head stream_head;       ///< of requests that ask for a stream
  std::vector<Secret> secret_headers{};  ///< that the heads hold
  std::string credential_header;
  std::string credential_prefix;
  Secret credential;
  std::shared_ptr<token_source> tokens{};  ///< asked for each attempt instead of `credential`, where set
  bool sends_client_request_id = false;    ///< `x-ms-client-request-id`: the call's key
  std::string unauthorized_advice{};       ///< added to the text of a 401
  duration timeout = std::chrono::seconds(600);
  duration stream_idle = std::chrono::seconds(300);  ///< between bytes of a stream, from its head on
  transport::time_limits times{};                    // but for the deadline, which each call sets
  transport::size_limits sizes{};
  transport::pool_limits pool{};
  codec::retry_settings retries{};
  std::shared_ptr<deployment_state> deployment{};
  std::shared_ptr<transport::resolver> names{};  ///< null for the process's own
  std::function<double()> uniform01{};           ///< random numbers in [0, 1), safe from any thread
  std::function<std::string()> new_call_key{};   ///< an unguessable key for each call, safe from any thread
};

/// One call under way: its attempts under one deadline, and what is to be known of them afterwards.
struct service_call {
  using time_point = std::chrono::steady_clock::time_point;

  /// A call below `context` by a coroutine on `here`; its deadline is the nearer one of the context's and the
  /// settings'.
  service_call(const boost::asio::any_io_executor& here, call_context context,
               std::shared_ptr<const service_settings> settings);

  boost::asio::any_io_executor executor;
  call_context context;
  std::shared_ptr<const service_settings> settings;
  time_point started;
  time_point deadline;
  detail::call_record record;
  std::shared_ptr<detail::call_log> log;
  std::string key;  ///< the same on all its attempts, and no other call's
  Secret token;     ///< that the answer came for, where a provider gives them
  Headers headers;  ///< of this call
  std::optional<transport::in_flight_call> in_flight;  ///< from the first attempt to the end

  /// `text`, which a server wrote, without the secrets of the request; `used` is the token that it was sent with,
  /// where a provider gives them.
  std::string masked(std::string_view text, const Secret& used) const;
  /// Masks each text that a server wrote: in the details, and in the words of the error, where the request's id stands.
  void mask(ErrorDetails& details, std::string& words, const Secret& used) const;
  /// Masks a request's id, which a server wrote and which is hardly ever anything else.
  void mask_id(std::string& id, const Secret& used) const;
  /// Hands the record to the run's log, once.
  void close();

 private:
  bool closed_ = false;
};

/// Reads a 2xx answer that is there as a whole. What it throws ends the call: it is not repeated.
using answer_function = std::function<void(codec::http_response&)>;

/// Sends `body` until an answer with status 2xx is there, and gives it to `read`.
///
/// Throws what the last attempt stumbled over, with the records of all; see `codec::decide_retry` for what is
/// repeated. `call` must live until then. What comes back has been read.
awaitable<std::shared_ptr<transport::exchange>> call_for_whole(service_call& call, std::string body,
                                                               answer_function read);

/// Reads a 2xx answer up to its first content. What it throws is a failed attempt, as if no answer had come.
using open_function = std::function<awaitable<void>(std::shared_ptr<transport::exchange>)>;

/// Sends `body` until a stream was opened: `open` is called for each answer with status 2xx, and has ended. The rest is
/// the caller's to read. Nothing is repeated after this.
awaitable<std::shared_ptr<transport::exchange>> call_for_stream(service_call& call, std::string body,
                                                                open_function open);

}  // namespace corochain::models
