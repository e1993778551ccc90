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

/// The secrets that a call's requests hold. A server may repeat them; they are masked in what it wrote.
/// Refers to its arguments, which live as long as this. `token` is the one that a request was sent with,
/// where a provider gives them.
class request_secrets {
 public:
  request_secrets(const service_settings& settings, const Headers& own) noexcept
      : settings_(settings), own_(own) {}

  std::string masked(std::string_view text, const Secret& token) const;
  /// Masks each text that a server wrote: in the details, and in the words of the error, where the request's
  /// id stands.
  void mask(ErrorDetails& details, std::string& words, const Secret& token) const;
  /// Masks a request's id, which a server wrote and which is hardly ever anything else.
  void mask_id(std::string& id, const Secret& token) const;

 private:
  const service_settings& settings_;
  const Headers& own_;
};

}  // namespace corochain::models
