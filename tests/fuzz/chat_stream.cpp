// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Streamed answers: however the bytes are cut, the same pieces come and the same end, within and beyond the limits.
#include "codec/chat_completions/completion_stream.hpp"

#include "codec/chat_completions/error_report.hpp"
#include "core/utf8.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

struct outcome {
  std::vector<AIMessageChunk> pieces;
  bool failed = false, done = false;
  ErrorKind kind = ErrorKind::other;
  std::string what, server_message, text;
  std::optional<Usage> usage;
  std::uint64_t events = 0;
  friend bool operator==(const outcome&, const outcome&) = default;
};

class reading {
 public:
  reading(const codec::header_fields& headers, std::uint64_t most_event, std::uint64_t most)
      : reader_(headers, most_event, most) {}

  bool feed(std::string_view piece) {
    reader_.feed(piece);
    return drain();
  }
  outcome end() {
    if (!seen_.failed) {
      reader_.end();
      drain();
    }
    seen_.done = reader_.done();
    seen_.events = reader_.events();
    seen_.usage = reader_.usage();
    AIMessageChunk sum;
    for (const AIMessageChunk& piece : seen_.pieces) sum += piece;
    ErrorDetails known;
    reader_.tell(known);
    require(known.text.starts_with(sum.content), "the pieces add up to the text");
    require(seen_.failed || known.text == sum.content, "all of the text was handed out");
    seen_.text = known.text;
    require(!detail::invalid_utf8_at(sum.content), "an answer is text");
    require(!seen_.done || !seen_.failed, "an end that was announced is no failure");
    if (!seen_.failed) require(!seen_.pieces.empty() || seen_.done, "an answer of nothing is no answer");
    return seen_;
  }

 private:
  /// False once the stream has failed; it then fails again in the same way.
  bool drain() {
    try {
      while (auto piece = reader_.next()) seen_.pieces.push_back(std::move(*piece));
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
    reading pieces(headers, most.event, most.stream);
    in_pieces(cut, [&](std::string_view piece) { return pieces.feed(piece); });
    require(whole.end() == pieces.end(), "cut or not, the stream is the same");
  }
}

}  // namespace corochain::fuzz
