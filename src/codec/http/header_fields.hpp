// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corochain/core/header_value.hpp"

// The fields of a message's head, and the checks that keep users' values from breaking it. The transport
// fills and writes `header_fields`; `Headers` are a user's own fields, as the options have them.
namespace corochain::codec {

/// Views a field of a `header_fields`.
struct header_field {
  std::string_view name;
  std::string_view value;
};

/// The fields of a request's or a response's head, in order. A name may occur several times. Nothing is
/// checked here: see `check_header`. All texts are in one block of memory: a head of twenty fields costs two
/// allocations.
class header_fields {
 public:
  class const_iterator;

  /// Copies both texts.
  void add(std::string_view name, std::string_view value);
  /// Returns the value of the first field of that name, without the blanks around it. Names are
  /// case-insensitive (RFC 9110 section 5.1).
  std::optional<std::string_view> find(std::string_view name) const noexcept;

  std::size_t size() const noexcept { return places_.size(); }
  bool empty() const noexcept { return places_.empty(); }
  void clear() noexcept;
  /// The views are valid until the next field is added, and until the fields are cleared.
  header_field operator[](std::size_t index) const noexcept;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;

 private:
  struct place {
    // Where the name begins. The value follows the name, and the next field follows the value.
    std::size_t start;
    std::size_t name_size;
  };

  std::string text_;
  std::vector<place> places_;
};

/// An index, because the fields are no objects that a pointer could point to.
class header_fields::const_iterator {
 public:
  const_iterator(const header_fields& fields, std::size_t index) noexcept : fields_(&fields), index_(index) {}
  header_field operator*() const noexcept { return (*fields_)[index_]; }
  const_iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  friend bool operator==(const const_iterator&, const const_iterator&) = default;

 private:
  const header_fields* fields_;
  std::size_t index_;
};

inline header_fields::const_iterator header_fields::begin() const noexcept { return {*this, 0}; }
inline header_fields::const_iterator header_fields::end() const noexcept { return {*this, size()}; }

/// Throws a `ConfigError` if the name is not a token (RFC 9110 section 5.6.2) or the value has control bytes
/// other than tab: a CR or LF would begin another header. The error names the header and never quotes its
/// value.
void check_header(std::string_view name, std::string_view value);
/// Does the same for a name that is known to be a token.
void check_header_value(std::string_view name, std::string_view value);

/// Does the same, and throws a `ConfigError` for the headers that are the library's own: framing, connection,
/// credentials, encoding, idempotency. `credential` is the name of one more such header: the one that a
/// provider has for its credential, which would be sent twice.
void check_user_header(std::string_view name, std::string_view value, std::string_view credential = {});

/// Whether a header of that name is there. Names are case-insensitive.
bool has_header(std::span<const Headers::value_type> headers, std::string_view name) noexcept;
/// Adds the header, or replaces that of the same name. The new name takes the place of the old one, which may
/// be in another case.
void set_header(Headers& headers, const std::string& name, const HeaderValue& value);

/// Throws a `ConfigError` "`what` holds a control byte" if `text` holds one, without quoting `text`. Tab
/// counts.
void check_no_control_bytes(std::string_view what, std::string_view text);

}  // namespace corochain::codec
