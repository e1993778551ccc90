// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A fallback gives what the runnable before it gives.
// EXPECT: corochain: this runnable or function does not give the output that is wanted here
// EXPECT: output_converts<corochain::AIMessage, std::(__cxx11::)?basic_string<char
#include <corochain/models/chat_model.hpp>
#include <corochain/parsers/str_output_parser.hpp>

namespace cc = corochain;

std::string answer(const cc::ChatModel& model, const cc::ChatModel& backup) {
  const auto chain = model | cc::StrOutputParser();
#ifdef COROCHAIN_COMPILE_OK
  return chain.with_fallbacks({backup | cc::StrOutputParser()}).invoke("q");
#else
  return chain.with_fallbacks({backup}).invoke("q");
#endif
}
