// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/parsers/str_output_parser.hpp"

#include <memory>

namespace corochain {
namespace {

class text_step final : public detail::step<AIMessage, std::string> {
 public:
  awaitable<std::string> call(AIMessage input) const override { co_return std::move(input.content); }
};

}  // namespace

StrOutputParser::StrOutputParser() : Runnable(std::make_shared<text_step>()) {}

}  // namespace corochain
