// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/entra_credentials.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <memory>

#include "codec/entra_token.hpp"
#include "codec/header_fields.hpp"
#include "codec/proxy_settings.hpp"
#include "codec/retry_after.hpp"
#include "codec/retry_policy.hpp"
#include "core/randomness.hpp"
#include "core/wiped_text.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/version.hpp"
#include "models/environment.hpp"
#include "models/service_settings.hpp"
#include "transport/exchange.hpp"

namespace corochain {
namespace asio = boost::asio;
using detail::wiped_text;
using models::environment;
using models::or_variable;
using clock = std::chrono::steady_clock;

EntraOptions::EntraOptions() = default;
ClientSecretOptions::ClientSecretOptions() = default;
ClientSecretOptions::ClientSecretOptions(const ClientSecretOptions& other) = default;
ClientSecretOptions::ClientSecretOptions(ClientSecretOptions&& other) noexcept = default;
ClientSecretOptions& ClientSecretOptions::operator=(const ClientSecretOptions& other) = default;
ClientSecretOptions& ClientSecretOptions::operator=(ClientSecretOptions&& other) noexcept = default;
ClientSecretOptions::~ClientSecretOptions() = default;
WorkloadIdentityOptions::WorkloadIdentityOptions() = default;
WorkloadIdentityOptions::WorkloadIdentityOptions(const WorkloadIdentityOptions& other) = default;
WorkloadIdentityOptions::WorkloadIdentityOptions(WorkloadIdentityOptions&& other) noexcept = default;
WorkloadIdentityOptions& WorkloadIdentityOptions::operator=(const WorkloadIdentityOptions& other) = default;
WorkloadIdentityOptions& WorkloadIdentityOptions::operator=(WorkloadIdentityOptions&& other) noexcept =
    default;
WorkloadIdentityOptions::~WorkloadIdentityOptions() = default;
ManagedIdentityOptions::ManagedIdentityOptions() = default;
ManagedIdentityOptions::ManagedIdentityOptions(const ManagedIdentityOptions& other) = default;
ManagedIdentityOptions::ManagedIdentityOptions(ManagedIdentityOptions&& other) noexcept = default;
ManagedIdentityOptions& ManagedIdentityOptions::operator=(const ManagedIdentityOptions& other) = default;
ManagedIdentityOptions& ManagedIdentityOptions::operator=(ManagedIdentityOptions&& other) noexcept = default;
ManagedIdentityOptions::~ManagedIdentityOptions() = default;

namespace {

/// One way to ask for a token.
struct token_request {
  std::shared_ptr<const transport::endpoint> to;
  std::string head;                   ///< request line and headers, without Content-Length and the empty line
  Secret identity_header{};           ///< the value of X-IDENTITY-HEADER, where it is asked for
  std::function<std::string()> body;  ///< null for GET; what it gives is wiped
  std::chrono::steady_clock::duration timeout{};
};

std::string needed(const std::string& option, const environment& variables, const char* name,
                   const char* label) {
  std::string value = or_variable(option, variables, name);
  if (value.empty())
    throw ConfigError(std::string("no ") + label + ": set the option, or " + name + " in the environment");
  codec::check_no_control_bytes(label, value);
  return value;
}

std::string head_of(const char* method, const codec::url& where, const std::string& target) {
  return std::string(method) + " " + target + " HTTP/1.1\r\nHost: " + where.host_header() +
         "\r\nUser-Agent: corochain/" COROCHAIN_VERSION "\r\nAccept: application/json\r\n";
}

token_request post_to_authority(const EntraOptions& options, const std::string& tenant,
                                const std::string& authority_option, const environment& variables) {
  std::string authority = or_variable(authority_option, variables, "AZURE_AUTHORITY_HOST");
  if (authority.empty()) authority = "https://login.microsoftonline.com";
  codec::url where = codec::parse_url(authority, "authority_host");
  if (!where.tls && !codec::is_loopback(where))
    throw ConfigError("authority_host is no https URL: the credential would travel in the open");
  std::string path = where.path;
  while (path.ends_with('/')) path.pop_back();
  token_request request;
  request.to = std::make_shared<const transport::endpoint>(
      where, options.tls, models::choose_proxy(options.proxy, where, variables));
  request.head =
      head_of("POST", where, path + "/" + codec::percent_encode_segment(tenant) + "/oauth2/v2.0/token");
  request.head += "Content-Type: application/x-www-form-urlencoded\r\n";
  request.timeout = options.timeout;
  return request;
}

/// The request's bytes, credentials included, in a piece of memory that does not grow.
std::string text_of(const token_request& request) {
  const wiped_text body(request.body ? request.body() : std::string());
  std::string wire;
  wire.reserve(request.head.size() + request.identity_header.size() + body.text.size() + 80);
  wire += request.head;
  if (!request.identity_header.empty())
    wire.append("X-IDENTITY-HEADER: ").append(request.identity_header.reveal()).append("\r\n");
  if (request.body) wire.append("Content-Length: ").append(std::to_string(body.text.size())).append("\r\n");
  wire.append("\r\n").append(body.text);
  return wire;
}

/// Reads the rest of an answer that is an error; what becomes of it is no matter.
awaitable<void> read_explanation(std::shared_ptr<transport::exchange> exchange) {
  try {
    if (!exchange->answer().complete()) co_await transport::exchange::read_rest(exchange);
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {
  }
}

/// One attempt; fills `outcome` for the decision on another one.
awaitable<AccessToken> ask_once(const token_request& request, clock::time_point deadline,
                                codec::attempt_outcome& outcome) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  transport::exchange_settings how;
  how.to = request.to;
  how.names = transport::resolver::system();
  how.times.deadline = deadline;
  how.sizes.body = std::uint64_t{1024} * 1024;
  how.secret = true;
  const wiped_text wire(text_of(request));
  auto exchange = std::make_shared<transport::exchange>(here, std::move(how));
  const auto now = std::chrono::system_clock::now();
  try {
    co_await transport::exchange::send_and_read(exchange, wire.view());
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {
    const auto* heard = exchange->heard();
    outcome.bytes_sent = exchange->report().bytes_sent;
    outcome.response_started = exchange->report().response_started;
    if (!heard || heard->status() < 300) throw;  // else the status stands
  }
  co_await read_explanation(exchange);
  auto& answer = exchange->answer();
  outcome.status = answer.status();
  outcome.response_started = true;
  outcome.advised = codec::retry_after(answer.headers(), now);
  const wiped_text body(std::move(answer.body()));
  codec::granted_token granted = codec::read_token_answer(answer.status(), body.text, now);
  co_return AccessToken(std::move(granted.token), granted.expires_on);
}

awaitable<AccessToken> ask(std::shared_ptr<const token_request> request) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const auto deadline = clock::now() + request->timeout;
  codec::retry_settings retries;
  for (int done = 0;; ++done) {
    codec::attempt_outcome outcome;
    std::exception_ptr error;
    try {
      AccessToken token = co_await ask_once(*request, deadline, outcome);
      co_return token;
    } catch (const Error& failure) {
      error = std::current_exception();
      outcome.kind = failure.kind();
      outcome.phase = failure.details().phase;
    }
    const auto decision =
        codec::decide_retry(retries, outcome, done, deadline - clock::now(), detail::uniform01());
    if (!decision.retry) std::rethrow_exception(error);
    asio::steady_timer timer(here, decision.wait);
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (cancelled) throw CancelledError("the call was cancelled while it waited to ask for a token again");
  }
}

TokenProvider provider_of(token_request request) {
  auto shared = std::make_shared<const token_request>(std::move(request));
  return TokenProvider([shared] { return ask(shared); });
}

TokenProvider client_secret(const ClientSecretOptions& options, const environment& variables) {
  const std::string tenant = needed(options.tenant_id, variables, "AZURE_TENANT_ID", "tenant_id");
  const std::string client = needed(options.client_id, variables, "AZURE_CLIENT_ID", "client_id");
  auto secret = std::make_shared<Secret>(options.client_secret);
  if (secret->empty())
    if (auto value = variables("AZURE_CLIENT_SECRET")) {
      *secret = Secret(*value);
      wipe(*value);
    }
  if (secret->empty())
    throw ConfigError("no client_secret: set the option, or AZURE_CLIENT_SECRET in the environment");
  token_request request = post_to_authority(options, tenant, options.authority_host, variables);
  request.body = [client, secret, scope = options.scope] {
    return codec::form_body({{"grant_type", "client_credentials"},
                             {"client_id", client},
                             {"client_secret", secret->reveal()},
                             {"scope", scope}});
  };
  return provider_of(std::move(request));
}

TokenProvider workload_identity(const WorkloadIdentityOptions& options, const environment& variables) {
  const std::string tenant = needed(options.tenant_id, variables, "AZURE_TENANT_ID", "tenant_id");
  const std::string client = needed(options.client_id, variables, "AZURE_CLIENT_ID", "client_id");
  const std::string path =
      needed(options.token_file_path, variables, "AZURE_FEDERATED_TOKEN_FILE", "token_file_path");
  token_request request = post_to_authority(options, tenant, options.authority_host, variables);
  request.body = [client, path, scope = options.scope] {
    std::ifstream file(path, std::ios::binary);
    wiped_text assertion(std::string(std::istreambuf_iterator<char>(file), {}));
    while (!assertion.text.empty() && static_cast<unsigned char>(assertion.text.back()) <= ' ')
      assertion.text.pop_back();
    if (assertion.text.empty())
      throw ConfigError(
          "the federated token's file cannot be read or is empty; see AZURE_FEDERATED_TOKEN_FILE");
    return codec::form_body(
        {{"grant_type", "client_credentials"},
         {"client_id", client},
         {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
         {"client_assertion", assertion.text},
         {"scope", scope}});
  };
  return provider_of(std::move(request));
}

TokenProvider managed_identity(const ManagedIdentityOptions& options, const environment& variables) {
  codec::check_no_control_bytes("client_id", options.client_id);
  std::string resource = options.scope;
  if (resource.ends_with("/.default")) resource.resize(resource.size() - 9);
  std::string query = "resource=" + codec::percent_encode_query(resource);
  if (!options.client_id.empty()) query += "&client_id=" + codec::percent_encode_query(options.client_id);
  const auto endpoint = variables("IDENTITY_ENDPOINT");
  auto header = variables("IDENTITY_HEADER");
  token_request request;
  request.timeout = options.timeout;
  if (endpoint && header) {
    const codec::url where = codec::parse_url(*endpoint, "IDENTITY_ENDPOINT");
    codec::check_header("X-IDENTITY-HEADER", *header);
    request.to = std::make_shared<const transport::endpoint>(where, options.tls);
    const std::string path = where.path.empty() ? "/" : where.path;
    request.head = head_of("GET", where, path + "?api-version=2019-08-01&" + query);
    request.identity_header = Secret(*header);
    wipe(*header);
  } else {
    const codec::url where = codec::parse_url(options.metadata_endpoint, "metadata_endpoint");
    request.to = std::make_shared<const transport::endpoint>(where, options.tls);
    request.head = head_of("GET", where, "/metadata/identity/oauth2/token?api-version=2018-02-01&" + query);
    request.head += "Metadata: true\r\n";
  }
  return provider_of(std::move(request));
}

}  // namespace

ClientSecretCredential::ClientSecretCredential(const ClientSecretOptions& options)
    : TokenProvider(client_secret(options, models::process_environment())) {}
WorkloadIdentityCredential::WorkloadIdentityCredential(const WorkloadIdentityOptions& options)
    : TokenProvider(workload_identity(options, models::process_environment())) {}
ManagedIdentityCredential::ManagedIdentityCredential(const ManagedIdentityOptions& options)
    : TokenProvider(managed_identity(options, models::process_environment())) {}

StaticTokenCredential::StaticTokenCredential(Secret token)
    : TokenProvider([kept = std::make_shared<const Secret>(std::move(token))]() -> awaitable<AccessToken> {
        return [](std::shared_ptr<const Secret> held) -> awaitable<AccessToken> {
          co_return AccessToken(*held, std::chrono::system_clock::time_point::max());
        }(kept);
      }) {}

}  // namespace corochain
