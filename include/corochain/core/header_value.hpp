// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"

namespace corochain {

/// The value of a header of a request: a plain text, or a `Secret`, which gateways use to authenticate:
/// `options.default_headers = {{"x-team", "blue"}, {"Ocp-Apim-Subscription-Key", Secret(key)}};`
/// A `Secret` is masked if the server's text repeats it, as the API key is. A plain text is not masked.
///
/// Distinct objects may be used by distinct threads; const access to one object is safe from several.
class COROCHAIN_EXPORT HeaderValue {
 public:
  template <class S>
    requires std::convertible_to<const S&, std::string_view>
  HeaderValue(const S& text) : value_(text) {}
  HeaderValue(Secret secret) noexcept : value_(std::move(secret)), is_secret_(true) {}

  bool is_secret() const noexcept { return is_secret_; }
  /// The text itself, valid as long as this object is unchanged.
  std::string_view reveal() const noexcept { return value_.reveal(); }
  const Secret& value() const noexcept { return value_; }

 private:
  Secret value_;
  bool is_secret_ = false;
};

/// Headers by name, in the order in which they are sent.
using Headers = std::vector<std::pair<std::string, HeaderValue>>;

}  // namespace corochain
