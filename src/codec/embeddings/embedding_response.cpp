// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/embeddings/embedding_response.hpp"

#include <utility>

#include "codec/chat_completions/answer_complaint.hpp"
#include "codec/chat_completions/completion_parts.hpp"
#include "codec/chat_completions/error_report.hpp"
#include "codec/embeddings/embedding_reader.hpp"

// A wrong vector would be found long after, in a search that gives bad results. So everything that can be
// checked here is: number, order, length and values.
namespace corochain::codec {
namespace {

void check_data(const embedding_reader& read, std::size_t texts, const answer_complaint& complain) {
  complain.check_array("data", read.root, read.data);
  if (read.too_many)
    complain.misshapen("'data' has more than " + std::to_string(texts) + " elements, one for each text");
  if (read.embeddings.size() < texts)
    complain.misshapen("'data' has " + std::to_string(read.embeddings.size()) + " elements for " +
                       std::to_string(texts) + " texts");
}

/// Returns the fault of an element of `data`, or an empty text.
std::string misshapen(const found_embedding& found, std::size_t texts) {
  if (found.shape != json_shape::object) return "' is no object";
  if (found.index && (*found.index < 0 || static_cast<std::uint64_t>(*found.index) >= texts))
    return ".index' belongs to no text that was sent";
  switch (found.embedding) {
    case json_shape::text:
    case json_shape::array: break;
    case json_shape::absent: return ".embedding' is missing";
    default: return ".embedding' is neither base64 nor an array";
  }
  if (!found.fault.empty()) return ".embedding' " + std::string(found.fault);
  if (found.values.empty()) return ".embedding' is empty";
  return {};
}

}  // namespace

embedding_answer read_embedding_response(std::string_view body, const header_fields& headers,
                                         std::size_t texts, std::optional<std::int64_t> dimensions) {
  const answer_complaint complain("list of embeddings", body, headers);
  embedding_reader read(texts);
  // Bytes that are not UTF-8 are replaced: they can be in texts that do not matter, such as the name of the
  // model.
  complain.check_json(visit_json(body, read, json_text_errors::replaced));
  // Servers report errors in several forms. A text with an array `data` and no member `error` is none of
  // them.
  const bool reported = read.root == json_shape::array || read.data != json_shape::array;
  if (read.error == json_shape::object || read.error == json_shape::text ||
      (reported && read_error_report(body).found))
    complain.reported_error();
  check_data(read, texts, complain);

  embedding_answer answer;
  // One empty slot for each text, which its element fills.
  answer.vectors.resize(texts);
  // An element without an index belongs to the text at its position.
  const auto place_of = [&](std::size_t i) {
    const found_count index = read.embeddings[i].index;
    return index ? static_cast<std::size_t>(*index) : i;
  };
  for (std::size_t i = 0; i < read.embeddings.size(); ++i) {
    found_embedding& found = read.embeddings[i];
    const auto wrong = [&](std::string_view what) {
      complain.misshapen("'data[" + std::to_string(i) + "]" + std::string(what));
    };
    const std::string fault = misshapen(found, texts);
    if (!fault.empty()) wrong(fault);
    const std::size_t size = found.values.size();
    if (dimensions && size != static_cast<std::uint64_t>(*dimensions))
      wrong(".embedding' has " + std::to_string(size) + " numbers although " + std::to_string(*dimensions) +
            " were asked for; the model may not know the option dimensions");
    // An empty slot is one that no element has filled: empty vectors were refused above.
    std::vector<float>& slot = answer.vectors[place_of(i)];
    if (!slot.empty()) wrong(".index' occurs twice");
    slot = std::move(found.values);
    // `found` is empty now. The numbers of the first element are where its index said.
    const std::size_t first = answer.vectors[place_of(0)].size();
    if (size != first)
      wrong(".embedding' has " + std::to_string(size) + " numbers, but the first one " +
            std::to_string(first));
  }
  answer.usage = usage_of(read.usage);
  answer.model = std::move(read.model);
  head_facts(headers).move_to(answer);
  return answer;
}

}  // namespace corochain::codec
