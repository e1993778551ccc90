// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/named_runnable.hpp"

// Anchors `dict_branch`, and compiles it once for the outputs that chains usually have: the text of a parser,
// the message of a model, and the Dict of a nested `RunnableParallel`.
namespace corochain::detail {

dict_branch::~dict_branch() = default;

template class dict_branch_of<std::string>;
template class dict_branch_of<AIMessage>;
template class dict_branch_of<Dict>;

}  // namespace corochain::detail
