// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json/json_events.hpp"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cmath>
#include <cstring>

#include "codec/json/decimal_number.hpp"
#include "core/json_scan.hpp"

// One pass over the text with an own stack of bits. The speed is in `read_string`: long plain text is skipped
// many bytes at a time (`core/json_scan.hpp`) and passed on as a view.
namespace corochain::codec {

namespace {

/// Returns the length of the UTF-8 sequence at `at` (Unicode, table 3-7), or 0 if there is none.
std::size_t utf8_length(const char* at, const char* end) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return at + i < end && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

/// Reads the text in one pass. Open objects and arrays are kept as one bit for each level.
class json_reader {
 public:
  json_reader(std::string_view text, json_visitor& visitor, json_text_errors errors)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        visitor_(visitor),
        errors_(errors) {}

  json_outcome read() {
    // A failure that has no reason of its own is one of syntax.
    if (!(read_value_and_blanks() && at_ == end_) && outcome_.problem == json_problem::none)
      fail(json_problem::syntax);
    return outcome_;
  }

  std::size_t read_first() { return read_value_and_blanks() ? static_cast<std::size_t>(at_ - begin_) : 0; }

 private:
  /// Notes the problem, at the byte that shows it. Returns false for the caller to return.
  bool fail(json_problem problem) {
    outcome_ = {problem, static_cast<std::size_t>(at_ - begin_) + (at_ < end_ ? 1 : 0)};
    return false;
  }
  void skip_blanks() noexcept {
    // Most texts have no blanks here.
    if (at_ == end_ || *at_ > ' ') return;
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool take(char expected) noexcept {
    if (at_ == end_ || *at_ != expected) return false;
    ++at_;
    return true;
  }

  /// Reads a value with everything inside it. The loop takes the place of recursion, whose depth a server
  /// could choose.
  bool read_value_and_blanks() {
    // A byte order mark, which RFC 8259 section 8.1 lets a reader ignore.
    if (end_ - at_ >= 3 && std::memcmp(at_, "\xEF\xBB\xBF", 3) == 0) at_ += 3;
    skip_blanks();
    for (;;) {
      bool opened = false;
      if (!read_value(opened)) return false;
      // The open object or array has content.
      if (opened) continue;
      // A value ends here, and with it the objects and arrays that end behind it.
      for (;;) {
        if (depth_ == untold_at_) untold_at_ = nowhere;
        skip_blanks();
        if (depth_ == 0) return true;
        if (take(',')) {
          skip_blanks();
          if (in_object() && !read_key()) return false;
          break;
        }
        if (!take(in_object() ? '}' : ']')) return false;
        --depth_;
        if (told()) visitor_.on_end();
      }
    }
  }

  /// Whether the visitor receives events at this point.
  bool told() const noexcept { return untold_at_ == nowhere; }

  /// Whether the innermost open container is an object. There is one: `depth_` is not 0.
  bool in_object() const noexcept { return objects_[depth_ - 1]; }

  /// Sets `opened` if a non-empty object or array was begun, up to its first value.
  bool read_value(bool& opened) {
    if (at_ == end_) return false;
    switch (*at_) {
      case '{': return open(true, opened);
      case '[': return open(false, opened);
      case '"': {
        std::string_view text;
        if (!read_string(text)) return false;
        if (told()) visitor_.on_text(text);
        return true;
      }
      case 't':
        if (!read_word("true")) return false;
        if (told()) visitor_.on_bool(true);
        return true;
      case 'f':
        if (!read_word("false")) return false;
        if (told()) visitor_.on_bool(false);
        return true;
      case 'n':
        if (!read_word("null")) return false;
        if (told()) visitor_.on_null();
        return true;
      default: return read_number();
    }
  }

  bool open(bool object, bool& opened) {
    // The stack of bits has a fixed size.
    if (depth_ == json_depth_limit) return fail(json_problem::too_deep);
    ++at_;
    objects_[depth_++] = object;
    if (told()) object ? visitor_.on_object() : visitor_.on_array();
    skip_blanks();
    if (take(object ? '}' : ']')) {
      --depth_;
      if (told()) visitor_.on_end();
      return true;
    }
    opened = true;
    return !object || read_key();
  }

  bool read_key() {
    std::string_view key;
    if (at_ == end_ || *at_ != '"' || !read_string(key)) return false;
    if (told() && !visitor_.on_key(key)) untold_at_ = depth_;
    skip_blanks();
    if (!take(':')) return false;
    skip_blanks();
    return true;
  }

  bool read_word(std::string_view word) noexcept {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  /// A text without escapes is viewed in place. Others are unescaped into `scratch_`.
  bool read_string(std::string_view& text) {
    ++at_;
    const char* start = at_;
    bool in_place = true;
    for (;;) {
      at_ = detail::skip_plain_text<true>(at_, end_);
      if (at_ == end_) return false;
      // A byte that ends plain text: the quote at the end, an escape, a control byte, or a character beyond
      // ASCII.
      const auto c = static_cast<unsigned char>(*at_);
      if (c == '"') break;
      // RFC 8259 section 7: control characters have to be escaped.
      if (c < 0x20) return false;
      // `skip_plain_text` may stop before a special byte.
      if (c != '\\' && c < 0x80) {
        ++at_;
        continue;
      }
      if (c != '\\') {
        const std::size_t length = utf8_length(at_, end_);
        at_ += length;
        if (length > 0) continue;
        // Otherwise each byte that is no part of a character is replaced on its own.
        if (errors_ == json_text_errors::refused) return false;
      }
      if (in_place) {
        scratch_.clear();
        // An escape in the text means that more will follow, as in code and in JSON: twice the length so far
        // is room for most.
        scratch_.reserve(std::max<std::size_t>(static_cast<std::size_t>(at_ - start) * 2, 512));
      }
      in_place = false;
      scratch_.append(start, static_cast<std::size_t>(at_ - start));
      if (c == '\\') {
        if (!read_escape()) return false;
      } else {
        scratch_ += replacement;
        ++at_;
      }
      start = at_;
    }
    if (in_place) {
      text = {start, static_cast<std::size_t>(at_ - start)};
    } else {
      scratch_.append(start, static_cast<std::size_t>(at_ - start));
      text = scratch_;
    }
    ++at_;
    return true;
  }

  /// Appends the character that an escape stands for (RFC 8259 section 7). `at_` is at the backslash.
  bool read_escape() {
    ++at_;
    if (at_ == end_) return false;
    switch (*at_) {
      case '"':
      case '\\':
      case '/': scratch_ += *at_; break;
      case 'b': scratch_ += '\b'; break;
      case 'f': scratch_ += '\f'; break;
      case 'n': scratch_ += '\n'; break;
      case 'r': scratch_ += '\r'; break;
      case 't': scratch_ += '\t'; break;
      case 'u': return read_code_point();
      default: return false;
    }
    ++at_;
    return true;
  }

  /// Reads four hexadecimal digits.
  bool read_unit(std::uint32_t& unit) noexcept {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_) return false;
      const char c = *at_;
      unsigned digit = 0;
      if (c >= '0' && c <= '9')
        digit = static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f')
        digit = static_cast<unsigned>(c - 'a') + 10;
      else if (c >= 'A' && c <= 'F')
        digit = static_cast<unsigned>(c - 'A') + 10;
      else
        return false;
      unit = unit << 4 | digit;
    }
    return true;
  }

  /// Reads the escapes of one character: `\\uXXXX`, or two of them for a character beyond U+FFFF. Appends it
  /// as UTF-8. A half of a pair that stands alone is handled as `errors_` says; if it is kept, it takes three
  /// bytes.
  bool read_code_point() {
    ++at_;
    std::uint32_t code = 0;
    if (!read_unit(code)) return false;
    // The first half of a pair. Its other half has to follow at once.
    if (code >= 0xD800 && code <= 0xDBFF && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u') {
      const char* const second = at_;
      std::uint32_t low = 0;
      at_ += 2;
      if (!read_unit(low)) return false;
      if (low >= 0xDC00 && low <= 0xDFFF)
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
      else
        // The second escape is a character of its own.
        at_ = second;
    }
    // Here it is a half without its other half.
    if (code >= 0xD800 && code <= 0xDFFF) {
      if (errors_ == json_text_errors::refused) return false;
      if (errors_ == json_text_errors::replaced) code = 0xFFFD;
    }
    // UTF-8 by its definition (RFC 3629 section 3). A half that is kept takes the form of three bytes.
    const auto put = [this](std::uint32_t byte) { scratch_ += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    }
    return true;
  }

  /// Returns false if there is none.
  bool read_digits() noexcept {
    const char* const first = at_;
    while (at_ < end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != first;
  }

  /// Reads a number by the grammar of RFC 8259 section 6, which `from_chars` alone would not check: no
  /// leading zero, no missing digits.
  bool read_number() {
    const char* const start = at_;
    if (at_ < end_ && *at_ == '-') ++at_;
    // A zero at the start ends the whole part.
    if (!take('0') && !read_digits()) return false;
    bool whole = true;
    if (at_ < end_ && *at_ == '.') {
      whole = false;
      ++at_;
      if (!read_digits()) return false;
    }
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
      whole = false;
      ++at_;
      if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!read_digits()) return false;
    }
    json_number number;
    number.text = {start, static_cast<std::size_t>(at_ - start)};
    // The usual number is a count. It needs no conversion to a double of its own.
    if (whole) {
      std::int64_t value = 0;
      if (std::from_chars(start, at_, value).ec == std::errc()) {
        number.whole = value;
        number.value = static_cast<double>(value);
        if (told()) visitor_.on_number(number);
        return true;
      }
    }
    number.value = decimal_number(number.text);
    if (!std::isfinite(number.value)) return fail(json_problem::number_too_large);
    // 2^63 is exact as a double, and a conversion from there on would be undefined. -2^63 may be a rounded
    // value.
    const bool fits =
        !whole && number.value > -0x1p63 && number.value < 0x1p63 && std::trunc(number.value) == number.value;
    if (fits) number.whole = static_cast<std::int64_t>(number.value);
    if (told()) visitor_.on_number(number);
    return true;
  }

  static constexpr std::size_t nowhere = ~std::size_t{0};
  // U+FFFD in UTF-8.
  static constexpr std::string_view replacement = "\xEF\xBF\xBD";

  const char* const begin_;
  const char* at_;
  const char* const end_;
  json_visitor& visitor_;
  const json_text_errors errors_;
  // One bit for each open object or array, set for objects.
  std::bitset<json_depth_limit> objects_;
  std::size_t depth_ = 0;
  // The depth of the value that the visitor does not want. Its events are held back until it ends.
  std::size_t untold_at_ = nowhere;
  // The last text that had escapes. It is used again for the next one.
  std::string scratch_;
  json_outcome outcome_;
};

}  // namespace

json_outcome visit_json(std::string_view text, json_visitor& visitor, json_text_errors errors) {
  return json_reader(text, visitor, errors).read();
}

std::size_t first_json_value(std::string_view text) {
  // It wants no member, so that values are checked and not told.
  json_visitor nobody;
  return json_reader(text, nobody, json_text_errors::replaced).read_first();
}

}  // namespace corochain::codec
