// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/embeddings/embedding_request.hpp"

#include "codec/json/request_parts.hpp"
#include "core/json_text.hpp"

// The parameters are written once for a model. A request is its texts between two constant parts.
namespace corochain::codec {
namespace {

constexpr std::string_view embedding_opening = R"({"input":[)";

/// The members that only the library may write.
constexpr std::string_view embedding_members[] = {"input", "model", "dimensions", "encoding_format", "user"};

}  // namespace

embedding_request_writer::embedding_request_writer(const embedding_parameters& parameters) : tail_("]") {
  append_option(tail_, "model", parameters.model);
  append_option(tail_, "encoding_format", parameters.encoding_format);
  append_option(tail_, "dimensions", parameters.dimensions);
  append_option(tail_, "user", parameters.user);
  append_extra(tail_, parameters.extra_body, embedding_members);
  tail_ += '}';
}

void embedding_request_writer::write(std::string& body, std::span<const std::string> texts) const {
  std::size_t size = body.size() + embedding_opening.size() + tail_.size();
  // Room for the quotes, the comma, and escapes for one character in sixteen.
  for (const std::string& text : texts) size += text.size() + text.size() / 16 + 3;
  body.reserve(size);
  body.append(embedding_opening);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) body += ',';
    detail::append_json_string(body, texts[i]);
  }
  body.append(tail_);
}

/// A service refuses the whole batch for one such text, and often without its position.
void check_texts(std::span<const std::string> texts, bool empty_allowed) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty() && !empty_allowed)
      refuse_input("text", i,
                   "is empty, which embedding services refuse (texts count from 0); leave it out, or set "
                   "skip_empty to have an empty vector in its place");
    check_text("text", i, "", texts[i]);
  }
}

std::size_t most_tokens(std::string_view text) noexcept { return text.size() + 2; }

/// Greedy: a request takes texts until the next one does not fit. For texts in a fixed order, that gives the
/// fewest requests.
std::vector<std::size_t> cut_batches(std::span<const std::string> texts, std::size_t max_texts,
                                     std::size_t max_tokens) {
  std::vector<std::size_t> sizes;
  std::size_t tokens = 0;
  for (const std::string& text : texts) {
    const std::size_t price = most_tokens(text);
    // A subtraction instead of a sum: a limit may be the largest number.
    const bool fits =
        !sizes.empty() && sizes.back() < max_texts && tokens <= max_tokens && price <= max_tokens - tokens;
    if (!fits) {
      sizes.push_back(0);
      tokens = 0;
    }
    ++sizes.back();
    tokens += price;
  }
  return sizes;
}

}  // namespace corochain::codec
