// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/http_request.hpp"

#include <cassert>

#include "codec/ascii.hpp"
#include "corochain/core/error.hpp"

// All values are checked when a model is made or a call begins, so that a bad option is an error of the
// program and never one of the network.
namespace corochain::codec {

request_head::request_head(std::string_view with_method, std::string_view to_host, std::string_view at_target)
    : method(with_method), host(to_host), target(at_target) {
  check_no_control_bytes("the request's target", target);
  if (target.empty() || target.find(' ') != std::string::npos)
    throw ConfigError("the request's target is empty or holds a space");
}

request_head model_request_head(const url& server, std::string_view target, std::string_view user_agent,
                                const header_fields& extra, const Headers& own, std::string_view accept,
                                const Secret& proxy_authorization) {
  constexpr const char* proxy_authorization_name = "Proxy-Authorization";
  request_head made("POST", server.host_header(), target);
  check_header("User-Agent", user_agent);
  check_header(proxy_authorization_name, proxy_authorization.reveal());
  // Before anything is built, so that the error comes whatever the order of the fields is.
  for (const header_field& field : extra) check_user_header(field.name, field.value);
  for (const auto& [name, value] : own) check_user_header(name, value.reveal());

  const auto add_default = [&](const char* name, std::string_view value) {
    if (!extra.find(name) && !has_header(own, name)) made.fields.emplace_back(name, value);
  };
  add_default("User-Agent", user_agent);
  add_default("Content-Type", "application/json");
  add_default("Accept", accept);
  // Without it, the server may use any coding.
  made.fields.emplace_back("Accept-Encoding", "identity");
  for (const header_field& field : extra)
    if (!has_header(own, field.name)) made.fields.emplace_back(field.name, trim(field.value));
  for (const auto& [name, value] : own) made.fields.emplace_back(name, trim(value.reveal()));
  // The proxy removes it before it passes the request on (RFC 9110 section 11.7.1).
  if (!proxy_authorization.empty()) made.fields.emplace_back(proxy_authorization_name, proxy_authorization);
  return made;
}

void http_request::set_credential(std::string_view name, std::string_view prefix, const Secret& credential) {
  check_header(name, prefix);
  check_header_value(name, credential.reveal());
  credential_name_ = name;
  credential_prefix_ = prefix;
  credential_ = credential.empty() ? nullptr : &credential;
}

void http_request::set_own_fields(const Headers& own) {
  for (const auto& [name, value] : own) check_user_header(name, value.reveal(), credential_name_);
  own_ = own;
}

void http_request::add_field(std::string_view name, std::string_view value) {
  check_header_value(name, value);
  if (value.empty()) return;
  assert(field_count_ < most_fields);
  fields_[field_count_++] = {name, value};
}

bool http_request::sends(const Headers::value_type& head_field) const noexcept {
  return !has_header(own_, head_field.first);
}

}  // namespace corochain::codec
