// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A program may use a type of the library before it includes the header that declares that the library has
// compiled the type.
#include <corochain/core/dict.hpp>
#include <corochain/runnables/runnable.hpp>
#include <string>

class OwnChain : public corochain::Runnable<corochain::Dict, std::string> {
 public:
  using Runnable::Runnable;
};
corochain::Stream<std::string> tokens_of(const OwnChain& chain) { return chain.astream("a question"); }

#include <corochain/corochain.hpp>
