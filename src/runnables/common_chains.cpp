// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/common_chains.hpp"

// The one place where the templates of common_chains.hpp are compiled. The two lists are the same; a type
// that only stands in the header does not link, and one that only stands here is compiled by each user again.
// The lists hold the links of `prompt | model | StrOutputParser`, alone and with a function from text to text
// behind them, and the verbs of these chains.
namespace corochain {

template class step<Dict, Messages>;
template class step<Messages, AIMessage>;
template class step<AIMessage, std::string>;
template class step<std::string, std::string>;
template class step<Dict, AIMessage>;
template class step<Dict, std::string>;

template class detail::immediate_step<Dict, Messages>;
template class detail::immediate_step<AIMessage, std::string>;
template class detail::immediate_step<std::string, std::string>;
template class detail::sequence_step<Dict, Messages, Messages, AIMessage>;
template class detail::sequence_step<Dict, AIMessage, AIMessage, std::string>;
template class detail::sequence_step<Dict, std::string, std::string, std::string>;

template class Stream<std::string>;
template class Stream<AIMessage>;
template class Runnable<Dict, std::string>;
template class Runnable<Dict, AIMessage>;
template class Runnable<Messages, AIMessage>;

}  // namespace corochain
