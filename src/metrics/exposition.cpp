#include "metrics/exposition.hpp"

#include <prometheus/text_serializer.h>

namespace bellwether::metrics {
namespace {

prometheus::MetricFamily family(prometheus::MetricType type, std::string name, std::string help) {
  prometheus::MetricFamily made;
  made.name = std::move(name);
  made.help = std::move(help);
  made.type = type;
  return made;
}

prometheus::ClientMetric labelled(const Exposition::Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace

void Exposition::counter(std::string name, std::string help, double value) {
  counters(std::move(name), std::move(help), {{{}, value}});
}

void Exposition::counters(std::string name, std::string help, const std::vector<Sample>& samples) {
  auto made = family(prometheus::MetricType::Counter, std::move(name), std::move(help));
  for (const auto& [labels, value] : samples) {
    made.metric.push_back(labelled(labels));
    made.metric.back().counter.value = value;
  }
  families_.push_back(std::move(made));
}

void Exposition::gauge(std::string name, std::string help, double value) {
  gauges(std::move(name), std::move(help), {{{}, value}});
}

void Exposition::gauges(std::string name, std::string help, const std::vector<Sample>& samples) {
  auto made = family(prometheus::MetricType::Gauge, std::move(name), std::move(help));
  for (const auto& [labels, value] : samples) {
    made.metric.push_back(labelled(labels));
    made.metric.back().gauge.value = value;
  }
  families_.push_back(std::move(made));
}

void Exposition::histogram(std::string name, std::string help, const Histogram& histogram) {
  auto made = family(prometheus::MetricType::Histogram, std::move(name), std::move(help));
  made.metric.push_back(histogram.collect());
  families_.push_back(std::move(made));
}

std::string Exposition::text() const {
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(families_);
}

}  // namespace bellwether::metrics
