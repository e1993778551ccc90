// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/request_id.hpp"

#include <algorithm>

#include "codec/ascii.hpp"

// Azure sends both fields; OpenAI and most other servers send the first one.
namespace corochain::codec {
namespace {

// Ids are UUIDs or some dozen characters. Anything longer is no id.
constexpr std::size_t longest_id = 128;

constexpr character_set id_characters("-_.:/+=|");

bool looks_like_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_id &&
         std::all_of(text.begin(), text.end(), [](char c) { return id_characters.contains(c); });
}

}  // namespace

std::string request_id(const header_fields& headers) {
  for (std::string_view name : {"x-request-id", "apim-request-id"}) {
    const auto value = headers.find(name);
    if (value && looks_like_id(*value)) return std::string(*value);
  }
  return {};
}

}  // namespace corochain::codec
