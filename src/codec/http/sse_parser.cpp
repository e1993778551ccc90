// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/sse_parser.hpp"

#include <utility>

// Nothing is copied for the usual event: one data line that came whole. Everything that waits for further
// input is copied, because the input belongs to the caller.
namespace corochain::codec {

std::optional<std::string_view> sse_parser::next_line() {
  if (after_carriage_return_ && !input_.empty()) {
    if (input_.front() == '\n') input_.remove_prefix(1);
    after_carriage_return_ = false;
  }
  std::size_t end = 0;
  while (end < input_.size() && input_[end] != '\n' && input_[end] != '\r') ++end;
  // Beside the data there is the field's name.
  if (line_.size() + end > most_ + 16) {
    too_large_ = true;
    input_ = {};
    return std::nullopt;
  }
  if (end == input_.size()) {
    line_.append(input_);
    input_ = {};
    return std::nullopt;
  }
  after_carriage_return_ = input_[end] == '\r';
  std::string_view line = input_.substr(0, end);
  input_.remove_prefix(end + 1);
  line_was_put_together_ = !line_.empty();
  if (line_was_put_together_) {
    line_.append(line);
    line = line_;
  }
  if (!std::exchange(started_, true) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  return line;
}

void sse_parser::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  // A line that begins with a colon is a comment. Servers send such lines to keep the connection open.
  if (colon == 0) return;
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    const std::size_t before = has_data_ ? data_.size() + direct_.size() + 1 : 0;
    if (before + value.size() > most_) {
      too_large_ = true;
      return;
    }
    if (!has_data_ && !line_was_put_together_) {
      // The usual event has one line, which is not copied.
      direct_ = value;
    } else {
      if (direct_.data()) data_ = std::exchange(direct_, {});
      if (has_data_) data_ += '\n';
      data_ += value;
    }
    has_data_ = true;
  } else if (name == "event") {
    type_ = value;
  }  // "id" and "retry" are for clients that reconnect by themselves; other fields are ignored
}

std::optional<sse_event> sse_parser::dispatch() {
  const bool has_data = std::exchange(has_data_, false);
  dispatched_type_ = type_.empty() ? "message" : std::move(type_);
  type_.clear();
  // The standard: an event without data is dropped, and its type with it.
  if (!has_data) {
    data_.clear();
    return std::nullopt;
  }
  sse_event event;
  event.type = dispatched_type_;
  if (direct_.data() && data_.empty()) {
    event.data = std::exchange(direct_, {});
  } else {
    dispatched_data_ = std::move(data_);
    event.data = dispatched_data_;
  }
  data_.clear();
  direct_ = {};
  return event;
}

std::optional<sse_event> sse_parser::next() {
  while (!too_large_) {
    const auto line = next_line();
    if (!line) break;
    std::optional<sse_event> event;
    if (line->empty())
      event = dispatch();
    else
      take_field(*line);
    // After the line was used, because it may be viewed until here.
    if (line_was_put_together_) line_.clear();
    if (event) return event;
  }
  // The input is used up and may be released, so the unfinished part is kept here.
  if (direct_.data()) {
    data_ = direct_;
    direct_ = {};
  }
  return std::nullopt;
}

std::optional<sse_event> sse_parser::finish() {
  // One line feed ends a line that was cut off, and the next one its event. Neither of them may count as the
  // second half of a CRLF.
  after_carriage_return_ = false;
  feed("\n\n");
  return next();
}

}  // namespace corochain::codec
