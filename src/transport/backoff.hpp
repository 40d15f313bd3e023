// transport/backoff.hpp: how long to wait before the next attempt: doubling from `first` to `most`, each time
// a random part of the step, so that those who failed together do not come back together.
#pragma once

#include <chrono>
#include <random>

namespace bellwether::transport {

class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most);

  std::chrono::milliseconds next();  // in [step / 2, step]; the step doubles
  void reset();

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  std::chrono::milliseconds step_;
  std::minstd_rand random_;
};

}  // namespace bellwether::transport
