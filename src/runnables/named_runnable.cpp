// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/named_runnable.hpp"

namespace corochain::detail {

dict_branch::~dict_branch() = default;

template class dict_branch_of<std::string>;
template class dict_branch_of<AIMessage>;
template class dict_branch_of<Dict>;

}  // namespace corochain::detail
