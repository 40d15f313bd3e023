// simulate/world/random.hpp: seeded random choices that come out the same with every compiler and library: the
// generator is fixed by the standard, and the mapping to ranges is our own (std distributions differ between
// libraries).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace bellwether::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : generator_(seed) {}

  std::uint64_t next() { return generator_(); }
  // In [0, count). The bias of the modulo is below 2^-50 for every count that is used here.
  std::uint64_t below(std::uint64_t count) {
    BELLWETHER_ASSERT(count > 0);
    return next() % count;
  }
  double real() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // in [0, 1)
  double between(double low, double high) { return low + (high - low) * real(); }
  bool chance(double probability) { return probability > 0 && real() < probability; }

  // Waiting time with that mean, in steps of a sixteenth of it: memoryless, and without a library's
  // logarithm.
  double waiting(double mean) {
    double steps = real();
    while (!chance(1.0 / 16)) steps += 1;
    return steps * mean / 16;
  }

  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + below(values.size()));
  }
  template <typename Container>
  auto pick(const Container& values) {
    BELLWETHER_ASSERT(!values.empty());
    return *std::next(values.begin(), static_cast<std::ptrdiff_t>(below(values.size())));
  }
  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }
  template <typename T>
  std::vector<T> sample(std::vector<T> values, std::size_t count) {
    shuffle(values);
    values.resize(std::min(count, values.size()));
    return values;
  }
  // An index, each as likely as its weight.
  std::size_t weighted(const std::vector<std::uint64_t>& weights) {
    std::uint64_t total = 0;
    for (const auto weight : weights) total += weight;
    std::uint64_t at = below(total);
    std::size_t i = 0;
    for (; at >= weights[i]; ++i) at -= weights[i];
    return i;
  }

 private:
  std::mt19937_64 generator_;
};

}  // namespace bellwether::simulation
