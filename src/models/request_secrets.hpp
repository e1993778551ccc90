// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "corochain/core/error.hpp"
#include "corochain/core/header_value.hpp"
#include "corochain/core/secret.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

/// The secrets in a call's requests. A server may repeat them, as gateways do that quote the request they
/// refuse; they are masked in the server's text before it reaches an error, a record or a log. The text of
/// the library itself never holds one.
///
/// A `model_call` owns it. It refers to its arguments, which live as long as this, and copies no secret.
/// `token` is the one that a request was sent with, if a provider gives tokens: another attempt may have
/// another one.
class request_secrets {
 public:
  request_secrets(const service_settings& settings, const Headers& own) noexcept
      : settings_(settings), own_(own) {}

  /// Returns the text with each secret in it masked. Secrets of a few bytes are left: they would match
  /// anywhere.
  std::string masked(std::string_view text, const Secret& token) const;
  /// Masks the secrets in each text of a server: in the details, and in the text of the error, which has the
  /// request's id.
  void mask(ErrorDetails& details, std::string& words, const Secret& token) const;
  /// Masks the secrets in a request's id, which the server chose; there are hardly ever any.
  void mask_id(std::string& id, const Secret& token) const;

 private:
  const service_settings& settings_;
  const Headers& own_;
};

}  // namespace corochain::models
