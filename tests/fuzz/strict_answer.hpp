// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corochain::fuzz {

/// One line with CRLF off the front; nothing when there is none.
inline std::optional<std::string> take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  std::string line(text.substr(0, end));
  text.remove_prefix(end + 2);
  return line;
}

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

inline std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// The parts of a head that determine the end of its message.
struct strict_head {
  int status = 0;
  bool old = false;  // HTTP/1.0
  std::vector<std::string> lengths, codings, connection;
};

/// Adds the parts of a list to others.
inline void add_parts(std::vector<std::string>& parts, std::string_view list) {
  for (;;) {
    const std::size_t comma = list.find(',');
    parts.push_back(trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

/// Takes a head off the front, slowly and narrowly: nothing for all that is not plain.
inline std::optional<strict_head> take_head(std::string_view& text) {
  strict_head head;
  const auto first = take_line(text);
  if (!first || first->size() < 12 || first->substr(0, 7) != "HTTP/1." || (*first)[8] != ' ')
    return std::nullopt;
  head.old = (*first)[7] == '0';
  if (!head.old && (*first)[7] != '1') return std::nullopt;
  for (std::size_t i = 9; i < 12; ++i) {
    if ((*first)[i] < '0' || (*first)[i] > '9') return std::nullopt;
    head.status = head.status * 10 + ((*first)[i] - '0');
  }
  if (first->size() > 12 && (*first)[12] != ' ') return std::nullopt;
  std::vector<std::string> lines;
  for (;;) {
    const auto line = take_line(text);
    if (!line) return std::nullopt;
    if (line->empty()) break;
    if (line->front() != ' ' && line->front() != '\t')
      lines.push_back(*line);
    else if (lines.empty())
      return std::nullopt;
    else
      lines.back() += *line;
  }
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return std::nullopt;
    const std::string name = lower(line.substr(0, colon));
    const std::string value = lower(trimmed(std::string_view(line).substr(colon + 1)));
    if (name == "content-length") add_parts(head.lengths, value);
    if (name == "transfer-encoding") head.codings.push_back(value);
    if (name == "connection") add_parts(head.connection, value);
  }
  for (std::string& length : head.lengths)
    while (length.size() > 1 && length.front() == '0') length.erase(0, 1);
  return head;
}

/// Takes a chunked body off the front; false for what is none.
inline bool take_chunks(std::string_view& text) {
  for (;;) {
    const auto line = take_line(text);
    if (!line) return false;
    std::uint64_t size = 0;
    std::size_t digits = 0;
    for (; digits < line->size(); ++digits) {
      const std::size_t value = std::string_view("0123456789abcdef").find(lower(*line)[digits]);
      if (value == std::string_view::npos) break;
      if (size >> 60 != 0) return false;
      size = size << 4 | value;
    }
    if (digits == 0) return false;
    if (size == 0) break;
    if (text.size() < size || text.size() - size < 2 || text.substr(size, 2) != "\r\n") return false;
    text.remove_prefix(size + 2);
  }
  for (;;) {  // trailers
    const auto line = take_line(text);
    if (!line) return false;
    if (line->empty()) return true;
  }
}

/// Whether a text is answers of status 1xx and one final answer, whose end its framing (RFC 9112 section 6)
/// leaves no doubt of, nothing behind it, and no word of closing.
inline bool ends_beyond_doubt(std::string_view text) {
  std::optional<strict_head> head;
  do {
    head = take_head(text);
    if (!head || head->status < 100) return false;
    if (head->status < 200 && !(head->lengths.empty() && head->codings.empty())) return false;
  } while (head->status < 200);
  for (const std::string& said : head->connection)
    if (said == "close") return false;
  if (head->old && head->connection.empty()) return false;
  if (!head->codings.empty() && (!head->lengths.empty() || head->old)) return false;
  if (head->codings.size() > 1) return false;
  if (head->status == 204 || head->status == 304) {
    const bool none = std::all_of(head->lengths.begin(), head->lengths.end(), [](const std::string& said) {
      return said.find_first_of("123456789") == std::string::npos;
    });
    return head->codings.empty() && none && text.empty();
  }
  if (!head->codings.empty()) return head->codings.front() == "chunked" && take_chunks(text) && text.empty();
  if (head->lengths.empty()) return false;
  const std::string& length = head->lengths.front();
  if (std::count(head->lengths.begin(), head->lengths.end(), length) !=
      static_cast<std::ptrdiff_t>(head->lengths.size()))
    return false;
  if (length.empty() || length.find_first_not_of("0123456789") != std::string::npos || length.size() > 18)
    return false;
  return std::stoull(length) == text.size();
}

}  // namespace corochain::fuzz
