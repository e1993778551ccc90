// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Streams of chunks against nlohmann: the texts of the main choice's deltas are the answer, or are in the
// typed error that a chunk, a filter or a limit makes of it, however the bytes are cut.
#include <nlohmann/json.hpp>
#include <optional>

#include "codec/chat_completions/completion_stream.hpp"
#include "codec/streamed_answer.hpp"
#include "core/utf8.hpp"
#include "fuzz/answer_model.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

/// An event with this data: JSON is the same with its line ends as those of the format.
std::string event_of(std::string_view data) {
  std::string made = "data: ";
  for (const char c : data) made += c == '\n' || c == '\r' ? std::string("\ndata: ") : std::string(1, c);
  return made + "\n\n";
}

struct expectation {
  std::string text;        // of the main choice up to the end or the error
  bool error = false;      // one of the chunks reports one
  bool filtered = false;   // the filter stopped the main choice
  bool something = false;  // an end or a content came, of whatever choice
};

/// Nothing where the model does not say what must come out.
std::optional<expectation> expected_of(const std::vector<std::string_view>& chunks) {
  expectation made;
  for (const std::string_view chunk : chunks) {
    if (chunk.find('\0') != std::string_view::npos || chunk.starts_with("\xEF\xBB\xBF")) return std::nullopt;
    const json body = json::parse(chunk, nullptr, false);
    if (body.is_discarded() || !body.is_object() || passes_limits(body)) return std::nullopt;
    const std::vector<json> choices = choices_of(body);
    if (choices.empty() && !is_error(body)) return std::nullopt;
    for (const json& choice : choices) {
      const json& delta = object_at(choice, "delta");
      if (!choice.contains("delta") || !has_plain_content(delta)) return std::nullopt;
      if (delta.contains("tool_calls")) return std::nullopt;
      if (choice["index"] == 0) made.text += text_at(delta, "content");
      const std::string end = text_at(choice, "finish_reason");
      if (!end.empty() || !text_at(delta, "content").empty()) made.something = true;
      if (choice["index"] == 0 && end == "content_filter") made.filtered = true;
    }
    if (may_report_error(body)) {
      made.error = true;
      break;
    }
  }
  return made;
}

}  // namespace

void one_input(std::string_view input) {
  const cut_text cut(input);
  std::vector<std::string_view> chunks;
  for (std::string_view rest = cut.text;;) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    chunks.push_back(rest.substr(0, end));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  std::string body;
  for (const std::string_view chunk : chunks) body += event_of(chunk);
  body += "data: [DONE]\n\n";
  const std::optional<expectation> expected = expected_of(chunks);

  codec::completion_stream_reader reader(codec::header_fields(), 1 << 20, 1 << 24);
  codec::streamed_answer answer;
  ErrorDetails details;
  std::optional<ErrorKind> failed;
  try {
    cut_text all(body);
    all.lengths = cut.lengths;
    in_pieces(all, [&](std::string_view piece) {
      reader.feed(piece);
      while (auto next = reader.next()) answer.add(std::move(*next));
      return true;
    });
    reader.end();
    while (auto next = reader.next()) answer.add(std::move(*next));
  } catch (const Error& error) {
    failed = error.kind();
    details = error.details();
  }
  if (!expected) return;
  reader.tell(details);
  require(details.text == expected->text, "the text is in the error, or was handed out");
  if (expected->error) {
    require(failed.has_value(), "an error is no success");
  } else if (expected->filtered) {
    require(failed == ErrorKind::content_filter, "a filtered answer is no success");
  } else if (expected->something) {
    require(!failed, "an answer with a text is no error");
    require(answer.take().content == expected->text, "the same text");
  } else {
    require(failed.has_value(), "an answer of nothing is no success");
  }
}

}  // namespace corochain::fuzz
