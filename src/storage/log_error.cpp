#include "storage/log_error.hpp"

namespace bellwether::storage {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "bellwether.log"; }
  std::string message(int error) const override {
    return error == static_cast<int>(LogError::dropped) ? "it is no longer kept"
                                                        : "it cannot be read any more";
  }
};

}  // namespace

// One object: categories compare by address.
std::error_code make_error_code(LogError error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

}  // namespace bellwether::storage
