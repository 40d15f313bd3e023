// bellwetherctl/commands.hpp: does one command.
#pragma once

#include "options.hpp"

namespace bellwether::ctl {

// The exit status: 0 done, 1 not done; the words are printed.
int run(const Options& options);

// The longer ones have files of their own.
int run_tail(const Options& options);
int run_append(const Options& options);
int run_inspect(const Options& options);
int run_recover(const Options& options);

int not_done(const std::string& why);  // says why on stderr, and is 1

}  // namespace bellwether::ctl
