// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corochain::codec {

struct header_field {
  std::string name;
  std::string value;
};

/// The fields of a request's or a response's head, in their order; a name may occur several times.
/// Nothing is checked here: see `check_header`.
class header_fields {
 public:
  using const_iterator = std::vector<header_field>::const_iterator;

  void add(std::string_view name, std::string_view value);
  /// The value of the first field of that name, without the blanks around it. Names have no case (RFC 9110
  /// section 5.1).
  std::optional<std::string_view> find(std::string_view name) const noexcept;

  std::size_t size() const noexcept { return fields_.size(); }
  bool empty() const noexcept { return fields_.empty(); }
  void clear() noexcept { fields_.clear(); }
  const_iterator begin() const noexcept { return fields_.begin(); }
  const_iterator end() const noexcept { return fields_.end(); }

 private:
  std::vector<header_field> fields_;
};

/// A `ConfigError` that names the header, and never quotes its value, unless the name is a token (RFC 9110
/// section 5.6.2) and the value is free of control bytes other than tab: a CR or LF would begin a header of
/// somebody else's choice.
void check_header(std::string_view name, std::string_view value);

/// A `ConfigError` that says "`what` holds a control byte", without quoting `text`, when it does. Tab counts.
void check_no_control_bytes(std::string_view what, std::string_view text);

}  // namespace corochain::codec
