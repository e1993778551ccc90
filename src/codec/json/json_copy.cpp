// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json/json_copy.hpp"

#include "core/json_text.hpp"

// Commas are written in front of what they separate, because only then it is known that something follows.
namespace corochain::codec {

/// In an object the key has written the comma.
void json_copy::before_value(std::string& out) {
  if (depth_ > 0 && !objects_[depth_ - 1] && !first_) out += ',';
  first_ = false;
}

void json_copy::open(std::string& out, bool object) {
  before_value(out);
  out += object ? '{' : '[';
  // `visit_json` checks the limit of the depth.
  objects_[depth_++] = object;
  first_ = true;
}

bool json_copy::end(std::string& out) {
  out += objects_[--depth_] ? '}' : ']';
  first_ = false;
  return depth_ == 0;
}

/// The value behind a key needs no comma, so the object counts as empty again until then.
void json_copy::key(std::string& out, std::string_view key) {
  if (!first_) out += ',';
  detail::append_json_string(out, key);
  out += ':';
  first_ = true;
}

void json_copy::text(std::string& out, std::string_view text) {
  before_value(out);
  detail::append_json_string(out, text);
}

void json_copy::word(std::string& out, std::string_view word) {
  before_value(out);
  out += word;
}

}  // namespace corochain::codec
