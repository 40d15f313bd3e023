// simulate/summary.hpp: what the simulator prints.
#pragma once

#include <cstdint>

#include "child.hpp"
#include "plan.hpp"
#include "shrink.hpp"

namespace bellwether::simulation {

// One line on stderr that is written over; on anything but a terminal a line now and then.
class Progress {
 public:
  void show(const Sum& sum, std::uint64_t findings, double seconds);
  void clear();

 private:
  double shown_at_ = 0;
  bool is_shown_ = false;
};

void print_beginning(const Plan& plan);
void print_failure(const Failure& failure);
void print_smaller(const Failure& failure, const Failure& smaller);
void print_summary(const Sum& sum, std::uint64_t findings, double seconds);
void print_fingerprint(std::uint64_t fingerprint);

}  // namespace bellwether::simulation
