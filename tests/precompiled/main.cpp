// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

/// Exists for its precompiled headers, which the test programs share.
int main() {}
