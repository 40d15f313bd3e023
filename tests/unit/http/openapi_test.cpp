#include "http/openapi.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "http/calls.hpp"

namespace bellwether::http {
namespace {

using nlohmann::json;

TEST(OpenApi, DescribesEveryCallAndNoOther) {
  std::map<std::string, std::set<std::string>> taken;
  for (const Route& route : routes())
    taken[std::string(route.path)].insert(route.method == Method::post ? "post" : "get");
  std::map<std::string, std::set<std::string>> described;
  const json whole = json::parse(openapi());
  for (const auto& [path, methods] : whole.at("paths").items())
    for (const auto& [method, operation] : methods.items()) described[path].insert(method);
  EXPECT_EQ(described, taken);
}

void check_references(const json& part, const json& whole) {
  if (part.is_object() && part.contains("$ref")) {
    const auto target = part.at("$ref").get<std::string>();
    ASSERT_EQ(target.front(), '#');
    EXPECT_TRUE(whole.contains(json::json_pointer(target.substr(1)))) << target;
  }
  for (const json& inner : part) {
    if (inner.is_structured()) check_references(inner, whole);
  }
}

TEST(OpenApi, RefersToNothingThatIsNotThere) {
  const json whole = json::parse(openapi());
  check_references(whole, whole);
}

}  // namespace
}  // namespace bellwether::http
