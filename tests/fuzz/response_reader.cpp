// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The reader of HTTP answers: the same however the bytes are cut, within its limits, and no connection is
// used again unless a second, simple reader finds that the answer's end is beyond doubt.
#include "transport/response_reader.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/strict_answer.hpp"

namespace corochain::fuzz {
namespace {

using transport::response_reader;
using transport::size_limits;

struct outcome {
  boost::system::error_code error;
  bool head_complete = false, complete = false, reusable = false;
  int status = 0;
  std::string headers, body;
  friend bool operator==(const outcome&, const outcome&) = default;
};

class reading {
 public:
  explicit reading(const size_limits& limits) : limits_(limits), reader_(response_, limits, limits.body) {}

  bool feed(std::string_view piece) {
    const bool was_complete = reader_.complete();
    seen_.error = reader_.feed(piece);
    fed_ += piece.size();
    // The caller reads only the useful part of an error's body.
    const std::uint64_t most = response_.status < 300 ? limits_.body : fed_;
    require(response_.body.size() <= most, "the body stays in its limit");
    require(!reader_.complete() || reader_.head_complete(), "an answer has a head");
    require(!was_complete || reader_.complete(), "a complete answer stays complete");
    return !seen_.error;
  }
  outcome end() {
    if (!seen_.error) seen_.error = reader_.end();
    seen_.head_complete = reader_.head_complete();
    seen_.complete = reader_.complete();
    seen_.reusable = reader_.reusable();
    require(!seen_.reusable || seen_.complete, "only a complete answer leaves a connection behind");
    require(seen_.error || seen_.complete, "an answer that has ended is complete or an error");
    if (seen_.head_complete) {  // before, what is there depends on how much was looked at
      seen_.status = response_.status;
      require(seen_.status >= 200 && seen_.status <= 999, "an answer has a final status");
      std::size_t size = 0;
      for (const auto field : response_.headers) {
        size += field.name.size() + field.value.size();
        seen_.headers.append(field.name).append(": ").append(field.value).append("\n");
      }
      require(size <= limits_.head, "the head stays in its limit");
    }
    seen_.body = response_.body;
    return seen_;
  }

 private:
  size_limits limits_;
  codec::http_response response_;
  response_reader reader_;
  outcome seen_;
  std::uint64_t fed_ = 0;
};

outcome read_whole(std::string_view text, const size_limits& limits) {
  reading one(limits);
  one.feed(text);
  return one.end();
}
outcome read_cut(const cut_text& cut, const size_limits& limits) {
  reading one(limits);
  in_pieces(cut, [&](std::string_view piece) { return one.feed(piece); });
  return one.end();
}

}  // namespace

void one_input(std::string_view input) {
  const cut_text cut(input);
  const outcome whole = read_whole(cut.text, size_limits());
  const outcome pieces = read_cut(cut, size_limits());
  require(whole.complete == pieces.complete, "cut or not, it is complete or not");
  require(whole.reusable == pieces.reusable, "cut or not, the connection is good or not");
  require(whole.error.failed() == pieces.error.failed(), "cut or not, it is an error or not");
  require(whole.error || whole == pieces, "cut or not, the answer is the same");
  if (whole.reusable)
    require(ends_beyond_doubt(cut.text), "a connection whose answer's end is in doubt is not used again");

  size_limits small;
  small.head = 120;
  small.body = 40;
  small.interim_answers = 2;
  const outcome tight = read_whole(cut.text, small);
  const outcome tight_pieces = read_cut(cut, small);
  require(tight.error.failed() == tight_pieces.error.failed(), "cut or not, the limits are the same");
  require(tight.error || tight == tight_pieces, "cut or not, the answer within limits is the same");
  if (!tight.error) require(tight == whole, "limits that are not met change nothing");
}

}  // namespace corochain::fuzz
