// Do probabilities mean what they say? Corrections fitted on validation photographs, measured
// before and after.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/measures/measure.h"
#include "lib/measures/predictions.h"

namespace kallos::measures {

// p -> sigmoid(logit(p) / temperature + bias).
struct Correction {
  std::string stage;       // its name
  double temperature = 1;  // Guo et al., ICML 2017
  // What another share of good photographs adds to the log odds (Saerens et al., 2002).
  double bias = 0;

  double operator()(double probability) const;
};

// Those that minimise the log loss on validation predictions, each in [0.05, 20] and [-20, 20]:
// "temperature", "prior" (the bias alone) and "temperature+prior" (Platt's scaling, 1999). Empty
// where `validation` lacks a class.
std::vector<Correction> FitCorrections(const std::vector<Prediction>& validation);

// Sentences that a reader of the corrected numbers needs: a class that validation lacks, parameters
// at their bounds (which no validation row holds back), validation rows that are among those
// evaluated. Usually none.
std::vector<std::string> CalibrationNotes(const std::vector<Prediction>& validation,
                                          const std::vector<Correction>& fitted,
                                          const std::vector<Prediction>& evaluated);

// One benchmark after one correction.
struct CalibrationRow {
  std::string benchmark;
  Correction correction;
  std::map<std::string, Measure> by_name;  // ece, brier, log_loss
  std::vector<Prediction> predictions;     // corrected
};

// Each benchmark before anything ("as is") and after each correction, with the intervals of a
// paired bootstrap.
std::vector<CalibrationRow> MeasureCalibration(const std::vector<Prediction>& predictions,
                                               const std::vector<Correction>& corrections,
                                               uint64_t seed);

std::string FormatCalibrationCsv(const std::vector<CalibrationRow>& rows);
// A line for each bin of the reliability diagrams: mean probability and share of good photographs,
// with the latter's Wilson interval.
std::string FormatReliabilityCsv(const std::vector<CalibrationRow>& rows);
std::string FormatCalibrationMarkdown(const std::vector<CalibrationRow>& rows);

}  // namespace kallos::measures
