// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/secret_mask.hpp"
#include "models/service_call.hpp"

namespace corochain::models {

std::string service_call::masked(std::string_view text, const Secret& used) const {
  std::string made = codec::masked(text, settings->credential);
  made = codec::masked(made, used);
  for (const Secret& secret : settings->secret_headers) made = codec::masked(made, secret);
  for (const auto& each : headers)
    if (each.second.is_secret()) made = codec::masked(made, each.second.value());
  return made;
}

void service_call::mask(ErrorDetails& details, std::string& words, const Secret& used) const {
  words = masked(words, used);
  for (std::string* text :
       {&details.server_message, &details.server_code, &details.param, &details.request_id})
    if (!text->empty()) *text = masked(*text, used);
  for (std::string& category : details.categories) category = masked(category, used);
}

void service_call::mask_id(std::string& id, const Secret& used) const {
  const auto may_hold = [&](const Secret& secret) {
    return secret.size() >= codec::shortest_masked_secret && id.find(secret.reveal().substr(0, 4)) != id.npos;
  };
  bool found = may_hold(settings->credential) || may_hold(used);
  for (const Secret& secret : settings->secret_headers) found = found || may_hold(secret);
  for (const auto& each : headers)
    found = found || (each.second.is_secret() && may_hold(each.second.value()));
  if (found) id = masked(id, used);
}

}  // namespace corochain::models
