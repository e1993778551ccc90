// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/service_settings.hpp"

#include "codec/http/proxy_settings.hpp"
#include "core/randomness.hpp"
#include "core/secret_buffer.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/version.hpp"

namespace corochain::models {
namespace {

constexpr const char* user_agent = "corochain/" COROCHAIN_VERSION;

[[noreturn]] void refuse(const char* options_name, const char* option, const char* why) {
  throw ConfigError(std::string(options_name) + "::" + option + " " + why);
}

/// Refuses limits under which no call could succeed. Zero is an error and not "no limit", except where an
/// option says so: a limit that was computed wrong must not switch itself off.
void check_limits(const ServiceOptions& options, const service_access& access) {
  const char* const name = access.options_name;
  const auto positive = [&](const char* option, std::chrono::steady_clock::duration value) {
    if (value <= value.zero()) refuse(name, option, "must be longer than zero");
  };
  // Times
  positive("timeout", options.timeout);
  positive("connect_timeout", options.connect_timeout);
  positive("read_timeout", options.read_timeout);
  positive("stream_idle_timeout", access.stream_idle);
  positive("connections.idle_timeout", options.connections.idle_timeout);
  positive("connections.max_age", options.connections.max_age);
  if (options.first_byte_timeout) positive("first_byte_timeout", *options.first_byte_timeout);
  // Retries. None at all is a choice.
  if (options.max_retries < 0) refuse(name, "max_retries", "must not be negative; 0 means no retry");
  if (options.max_retry_after < options.max_retry_after.zero())
    refuse(name, "max_retry_after", "must not be negative");
  if (const auto& budget = options.retry_budget) {
    // Written so that NaN is refused as well.
    if (!(budget->ratio >= 0 && budget->ratio <= 1000))
      refuse(name, "retry_budget.ratio", "must be between 0 and 1000");
    if (budget->minimum < 0) refuse(name, "retry_budget.minimum", "must not be negative");
  }
  // Sizes. The heads of services have a kilobyte and more.
  if (options.limits.response_head < 256) refuse(name, "limits.response_head", "must be 256 bytes or more");
  if (options.limits.response_body == 0) refuse(name, "limits.response_body", "must not be zero");
  if (options.limits.stream_event == 0) refuse(name, "limits.stream_event", "must not be zero");
  if (options.limits.stream == 0) refuse(name, "limits.stream", "must not be zero");
  if (options.limits.stream_wire == 0) refuse(name, "limits.stream_wire", "must not be zero");
  if (options.limits.interim_responses < 0) refuse(name, "limits.interim_responses", "must not be negative");
}

/// The budget in thousandths of a retry.
std::optional<codec::retry_limit> retry_limit_of(const ServiceOptions& options) {
  if (!options.retry_budget) return std::nullopt;
  constexpr auto unit = codec::retry_budget::price;
  return codec::retry_limit{
      .most = options.retry_budget->minimum * unit,
      .gain = static_cast<std::int64_t>(options.retry_budget->ratio * static_cast<double>(unit))};
}

/// The limits in the transport's words, which do not depend on this layer's options.
transport::exchange_limits limits_of(const ServiceOptions& options) {
  const SizeLimits& sizes = options.limits;
  const ConnectionOptions& connections = options.connections;
  return {.times = {options.connect_timeout, options.first_byte_timeout, options.read_timeout},
          .sizes = {.head = sizes.response_head,
                    .body = sizes.response_body,
                    .stream_event = sizes.stream_event,
                    .stream = sizes.stream,
                    .stream_wire = sizes.stream_wire,
                    .interim_answers = sizes.interim_responses},
          .pool = {.max_connections = connections.max_connections,
                   .max_connecting = connections.max_connecting,
                   .max_idle = connections.max_idle_connections,
                   .idle_timeout = connections.idle_timeout,
                   .max_age = connections.max_age,
                   .resend_on_stale_connection = connections.resend_on_stale_connection}};
}

/// The URL of a proxy, which may hold a password, and the option or variable that holds it.
struct named_proxy {
  Secret url;
  std::string from;
};

/// The proxy that the environment names for the endpoint's scheme. Lower case wins, as with curl.
named_proxy proxy_of_environment(const ProxyOptions& options, const codec::url& where,
                                 const environment& variables) {
  if (!options.from_environment) return {};
  // An environment's proxy is meant for other machines; a caller that sets the option knows the endpoint.
  if (!options.for_loopback && codec::is_loopback(where)) return {};
  // A CGI server turns a client's header `Proxy:` into the variable HTTP_PROXY (CVE-2016-5385).
  const bool in_cgi = variables("REQUEST_METHOD").has_value();
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"}) {
    const std::string_view text = name;
    const bool for_tls = text.starts_with("https") || text.starts_with("HTTPS");
    if (for_tls != where.tls || (in_cgi && text == "HTTP_PROXY")) continue;
    Secret url = secret_variable(variables, name);
    if (!url.empty()) return {std::move(url), name};
  }
  return {};
}

/// The exceptions from the proxy. Lower case wins here, too.
std::string no_proxy_of(const ProxyOptions& options, const environment& variables) {
  if (!options.no_proxy.empty() || !options.from_environment) return options.no_proxy;
  if (const auto value = variables("no_proxy")) return *value;
  return variables("NO_PROXY").value_or("");
}

}  // namespace

std::optional<transport::proxy_endpoint> choose_proxy(const ProxyOptions& options, const codec::url& where,
                                                      const environment& variables) {
  named_proxy named{options.url, "ProxyOptions::url"};
  if (named.url.empty()) named = proxy_of_environment(options, where, variables);
  if (named.url.empty() || codec::excepted_from_proxy(no_proxy_of(options, variables), where))
    return std::nullopt;
  codec::proxy_address proxy = codec::parse_proxy(named.url.reveal(), named.from);
  codec::request_head connect = codec::connect_head(where, proxy, user_agent);
  // The key of connections tells credentials apart by a hash of them. Reserving keeps copies of the secret
  // out of memory that is freed.
  detail::secret_buffer identity{std::string()};
  identity.text.reserve(connect.target.size() + 1 + proxy.authorization.size());
  identity.text.append(connect.target).append(1, ' ').append(proxy.authorization.reveal());
  transport::proxy_endpoint made;
  made.host = proxy.where.lookup_host();
  made.port = proxy.where.port;
  made.host_is_address = proxy.where.host_is_address;
  made.key = made.host + ':' + std::to_string(made.port) + '#' +
             std::to_string(std::hash<std::string_view>()(identity.view()));
  // For https the credential goes to the proxy in CONNECT alone; for http it goes in each request.
  if (where.tls)
    made.connect = std::move(connect);
  else
    made.authorization = std::move(proxy.authorization);
  return made;
}

namespace {
/// The secrets in the heads of requests. A server would repeat a proxy's credential in its encoded form.
std::vector<Secret> secrets_in(const Headers& headers, const Secret& proxy_authorization) {
  std::vector<Secret> found;
  for (const auto& each : headers)
    if (each.second.is_secret()) found.push_back(each.second.value());
  const std::string_view basic = proxy_authorization.reveal();
  if (!basic.empty()) found.emplace_back(basic.substr(basic.find(' ') + 1));
  return found;
}
}  // namespace

/// Everything that calls have in common is checked and written here, once: a call then only adds its body and
/// a few fields to a head that is known to be good.
std::shared_ptr<const service_settings> make_service(const ServiceOptions& options, service_access access,
                                                     const environment& variables) {
  check_limits(options, access);
  codec::check_no_control_bytes("the credential", access.credential.secret.reveal());
  // Here, because the codec does not know which header a provider has for its credential.
  for (const auto& [name, value] : options.default_headers)
    codec::check_user_header(name, value.reveal(), access.credential.header);
  for (const auto& [name, value] : options.default_query) {
    codec::check_no_control_bytes("a name in default_query", name);
    codec::check_no_control_bytes("a value in default_query", value);
    if (name.empty()) refuse(access.options_name, "default_query", "holds an empty name");
    // Two versions would leave it to the server which one counts.
    if (name == "api-version" && access.target.find("api-version=") != std::string::npos)
      refuse(access.options_name, "default_query",
             "holds api-version, which the URL has already: set api_version");
    access.target += access.target.find('?') == std::string::npos ? '?' : '&';
    access.target += codec::percent_encode_query(name) + '=' + codec::percent_encode_query(value);
  }
  // An id of the user's own would otherwise be sent beside the library's.
  const bool has_request_id = access.headers.find(codec::client_request_id_name).has_value() ||
                              codec::has_header(options.default_headers, codec::client_request_id_name);
  auto proxy = choose_proxy(options.proxy, access.where, variables);
  // RFC 9112 section 3.2.2 demands it of requests to a proxy.
  // https goes through a tunnel, in which the request is the same as without a proxy.
  const bool absolute = proxy && !access.where.tls;
  // The credential goes with the requests and not with the endpoint, which idle connections hold longer than
  // any model lives.
  Secret proxy_authorization;
  if (proxy) proxy_authorization = std::move(proxy->authorization);
  auto to = std::make_shared<const transport::endpoint>(access.where, options.tls, std::move(proxy));
  const std::string target = absolute ? access.where.origin() + access.target : access.target;
  const auto head_for = [&](const char* accept) {
    return codec::model_request_head(access.where, target, user_agent, access.headers,
                                     options.default_headers, accept, proxy_authorization);
  };
  service_settings service{
      .to = to,
      .head = head_for("application/json"),
      .stream_head = head_for("text/event-stream"),
      .secret_headers = secrets_in(options.default_headers, proxy_authorization),
      .credential = std::move(access.credential),
      .sends_client_request_id = access.sends_client_request_id && !has_request_id,
      .unauthorized_advice = std::move(access.unauthorized_advice),
      .timeout = options.timeout,
      .stream_idle = access.stream_idle,
      .limits = limits_of(options),
      .protocol = std::move(access.protocol),
      .retries = {.max_retries = options.max_retries,
                  .max_retry_after = options.max_retry_after,
                  .retry_on_timeout = options.retry_on_timeout},
      .retry_limit = retry_limit_of(options),
      .deployment = deployment_for(to->key + access.target + ' ' + access.model),
      .uniform01 = &detail::uniform01,
      .new_call_key = &detail::random_uuid,
  };
  return std::make_shared<const service_settings>(std::move(service));
}

}  // namespace corochain::models
