// metrics/exposition.hpp: what one scrape is answered with: values by name, in Prometheus' text format.
// Source:  prometheus.io, "Exposition formats" (text, version 0.0.4) and "Metric and label naming".
// Units:   seconds and bytes, as the names say.
// Threads: none, a value.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

#include "metrics/histogram.hpp"

namespace bellwether::metrics {

class Exposition {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  struct Sample {
    Labels labels;
    double value = 0;
  };

  // Each name once. Only grows while the process lives: _total.
  void counter(std::string name, std::string help, double value);
  void counters(std::string name, std::string help, const std::vector<Sample>& samples);
  void gauge(std::string name, std::string help, double value);
  void gauges(std::string name, std::string help, const std::vector<Sample>& samples);
  void histogram(std::string name, std::string help, const Histogram& histogram);

  std::string text() const;

 private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace bellwether::metrics
