// client/members.hpp: the members that a client knows, most promising first. It starts with those that the
// user named and learns more from answers, so that one living member at the start is enough.
// Threads: one. No I/O.
#pragma once

#include <string>
#include <vector>

namespace bellwether::client {

// What is wrong with a HOST:PORT that a user gave, as a sentence; empty: nothing.
std::string address_problem(const std::string& text);

class Members {
 public:
  explicit Members(std::vector<std::string> seeds);  // HOST:PORT each

  void learn(const std::string& address);
  // All there are: others are forgotten, but for the seeds.
  void learn_all(const std::vector<std::string>& addresses);
  void learn_leader(const std::string& address);  // to be asked first
  void doubt(const std::string& address);         // it did not answer, or broke off: to be asked last

  const std::vector<std::string>& candidates() const { return by_hope_; }  // valid until the next change

 private:
  std::vector<std::string> seeds_;
  std::vector<std::string> by_hope_;
};

}  // namespace bellwether::client
