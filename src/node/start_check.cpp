#include "node/start_check.hpp"

#include <algorithm>

#include "protocol/ids.hpp"
#include "transport/address.hpp"

namespace bellwether::node {
namespace {

bool is_bound_address(const Options& options) {
  return options.advertise == transport::to_string(Address{options.bind, options.port});
}

std::string name(NodeId id) { return "node " + std::to_string(number(id)); }

std::string other_process_at(const Inquiry::Finding& finding) {
  return "--advertise " + finding.address + " is the address of another process: " + name(finding.status.id) +
         " of cluster " + finding.status.cluster +
         " answers there. Name an address at which others reach this node";
}

bool is_among(const std::string& cluster, const std::vector<std::string>& clusters) {
  return std::ranges::find(clusters, cluster) != clusters.end();
}

std::string why_they_part(const std::vector<std::string>& former, const std::vector<std::string>& others) {
  const auto common =
      std::ranges::find_if(former, [&](const auto& cluster) { return is_among(cluster, others); });
  if (common == former.end()) return {};
  return " (both were recovered from " + *common + ", and never mix: each has what the other does not)";
}

}  // namespace

std::vector<std::string> addresses_to_ask(const Options& options,
                                          const std::optional<storage::Identity>& identity) {
  std::vector<std::string> addresses;
  if (!is_bound_address(options)) addresses.push_back(options.advertise);
  if (identity && options.seeds_are_given) {
    for (const auto& seed : options.seeds) addresses.push_back(transport::to_string(seed));
  }
  return addresses;
}

std::optional<std::string> why_not_to_start(const Options& options,
                                            const std::optional<storage::Identity>& identity,
                                            const std::vector<std::string>& former,
                                            const std::vector<Inquiry::Finding>& findings) {
  const Inquiry::Finding* foreign = nullptr;
  bool finds_its_own = false;
  for (const auto& finding : findings) {
    if (finding.address == options.advertise) return other_process_at(finding);
    if (!identity) continue;
    if (finding.status.cluster == identity->cluster) {
      finds_its_own = true;
    } else if (!is_among(finding.status.cluster, former) &&
               !is_among(identity->cluster, finding.status.former)) {
      foreign = &finding;
    }
  }
  if (finds_its_own || foreign == nullptr) return std::nullopt;
  return options.data_directory.string() + " is the directory of " + name(identity->id) + " of cluster " +
         identity->cluster + ", and " + foreign->address + " (--clusterip) is a member of another cluster, " +
         foreign->status.cluster + why_they_part(former, foreign->status.former) +
         ". Start this node with another --data-dir to join that one, or with the address of a member of its "
         "own";
}

}  // namespace bellwether::node
