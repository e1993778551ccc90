// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Streamed answers: however the bytes are cut, the same chunks come and the same end, within and beyond the
// limits.
#include "codec/chat_completions/completion_stream.hpp"

#include "codec/chat_completions/error_report.hpp"
#include "core/utf8.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

struct outcome {
  std::vector<AIMessageChunk> chunks;
  bool failed = false, done = false;
  ErrorKind kind = ErrorKind::other;
  std::string what, server_message, text;
  std::optional<Usage> usage;
  friend bool operator==(const outcome&, const outcome&) = default;
};

class reading {
 public:
  reading(const codec::header_fields& headers, std::uint64_t most_event, std::uint64_t most)
      : reader_(headers, most_event, most) {}

  bool feed(std::string_view chunk) {
    reader_.feed(chunk);
    return drain();
  }
  outcome end() {
    if (!seen_.failed) {
      reader_.end();
      drain();
    }
    seen_.done = reader_.done();
    seen_.usage = reader_.usage();
    AIMessageChunk sum;
    for (const AIMessageChunk& chunk : seen_.chunks) sum += chunk;
    ErrorDetails known;
    reader_.tell(known);
    require(known.text.starts_with(sum.content), "the chunks add up to the text");
    require(seen_.failed || known.text == sum.content, "all of the text was handed out");
    seen_.text = known.text;
    require(!detail::invalid_utf8_at(sum.content), "an answer is text");
    require(!seen_.done || !seen_.failed, "an end that was announced is no failure");
    if (!seen_.failed) require(!seen_.chunks.empty() || seen_.done, "an answer of nothing is no answer");
    return seen_;
  }

 private:
  /// False once the stream has failed; it then fails again in the same way.
  bool drain() {
    try {
      while (auto chunk = reader_.next()) seen_.chunks.push_back(std::move(*chunk));
      return true;
    } catch (const Error& error) {
      const bool again = std::exchange(seen_.failed, true);
      require(!again || seen_.what == error.what(), "the failure stays the same");
      seen_.kind = error.kind();
      seen_.what = error.what();
      seen_.server_message = error.server_message();
      require(is_plain(seen_.what) && !may_quote(seen_.what), "our own words hold none of the server's");
      require(seen_.server_message.size() <= codec::server_message_limit, "the excerpt is bounded");
      require(!detail::invalid_utf8_at(seen_.server_message), "the excerpt is text");
      if (!again) {
        reader_.feed("data: {}\n\n");
        drain();
      }
      return false;
    }
  }

  codec::completion_stream_reader reader_;
  outcome seen_;
};

}  // namespace

void one_input(std::string_view input) {
  const cut_text cut(input);
  codec::header_fields headers;
  headers.add("content-type", "text/event-stream");
  headers.add("x-request-id", "req-1");
  struct limits {
    std::uint64_t event, stream;
  };
  for (const limits most : {limits{1 << 20, 1 << 24}, limits{100, 30}}) {
    reading whole(headers, most.event, most.stream);
    whole.feed(cut.text);
    reading chunks(headers, most.event, most.stream);
    in_pieces(cut, [&](std::string_view chunk) { return chunks.feed(chunk); });
    require(whole.end() == chunks.end(), "cut or not, the stream is the same");
  }
}

}  // namespace corochain::fuzz
