// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace corochain::fuzz {

/// Tests one input. Each exception is a finding.
void one_input(std::string_view input);

/// Ends the process, which libFuzzer reports with the input, unless `holds`.
void require(bool holds, const char* what);

/// An input is made of fields with this byte between them: it occurs in no text that the parsers take, so
/// that a seed may be such a text as it stands.
inline constexpr char separator = '\x1E';

/// The fields of an input, at least `least` of them: missing ones are empty. Fields beyond `most` stay in the
/// last one.
std::vector<std::string_view> fields(std::string_view input, std::size_t least, std::size_t most);

/// A text and how it is cut: the bytes behind the last separator are the lengths of its pieces, used over and
/// over.
struct cut_text {
  explicit cut_text(std::string_view input);

  std::string_view text;
  std::string_view lengths;
};

/// Gives `use` the pieces of a text one by one, each in memory of its own that is gone afterwards, until it
/// returns false or the text is used up. Without lengths each byte is a piece.
template <class Use>
void in_pieces(const cut_text& cut, Use use) {
  std::string_view rest = cut.text;
  for (std::size_t i = 0; !rest.empty(); ++i) {
    std::size_t length = 1;
    if (!cut.lengths.empty()) {
      const auto byte = static_cast<unsigned char>(cut.lengths[i % cut.lengths.size()]);
      length = byte < 128 ? byte % 16 + 1u : (byte - 127u) * 8u;
    }
    const std::vector<char> piece(rest.begin(),
                                  rest.begin() + static_cast<std::ptrdiff_t>(std::min(length, rest.size())));
    rest.remove_prefix(piece.size());
    if (!use(std::string_view(piece.data(), piece.size()))) return;
  }
}

/// Whether our own words quote a text: none of these bytes is in them, and a fuzzer puts them anywhere.
bool may_quote(std::string_view words) noexcept;

/// Whether a text may stand in an error's own words: short, printable, ASCII.
bool is_plain(std::string_view text) noexcept;

}  // namespace corochain::fuzz
