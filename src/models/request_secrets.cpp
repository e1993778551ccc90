// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/request_secrets.hpp"

#include "codec/http/secret_mask.hpp"

namespace corochain::models {

/// Masks one secret after the other. The text is copied for each, which only failed attempts and logged
/// bodies pay for.
std::string request_secrets::masked(std::string_view text, const Secret& token) const {
  std::string made = codec::masked(text, settings_.credential.secret);
  made = codec::masked(made, token);
  for (const Secret& secret : settings_.secret_headers) made = codec::masked(made, secret);
  for (const auto& each : own_)
    if (each.second.is_secret()) made = codec::masked(made, each.second.value());
  return made;
}

void request_secrets::mask(ErrorDetails& details, std::string& words, const Secret& token) const {
  words = masked(words, token);
  // Each of these comes from the server. The other details are numbers, or the user's own.
  for (std::string* text :
       {&details.server_message, &details.server_code, &details.param, &details.request_id})
    if (!text->empty()) *text = masked(*text, token);
  for (std::string& category : details.categories) category = masked(category, token);
}

/// Every answered call comes here. Most ids are UUIDs, so that the first bytes of a secret settle it without
/// a copy of the text.
void request_secrets::mask_id(std::string& id, const Secret& token) const {
  const auto may_hold = [&](const Secret& secret) {
    return secret.size() >= codec::shortest_masked_secret && id.find(secret.reveal().substr(0, 4)) != id.npos;
  };
  bool found = may_hold(settings_.credential.secret) || may_hold(token);
  for (const Secret& secret : settings_.secret_headers) found = found || may_hold(secret);
  for (const auto& each : own_) found = found || (each.second.is_secret() && may_hold(each.second.value()));
  if (found) id = masked(id, token);
}

}  // namespace corochain::models
