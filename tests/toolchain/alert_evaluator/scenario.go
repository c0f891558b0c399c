package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// maxEvaluations keeps a mistyped interval from running for hours: 31 days of one-minute evaluations.
const maxEvaluations = 31 * 24 * 60

// scenarioJSON is what the command reads. Durations are in Prometheus's form: "90s", "5m", "1h30m".
//
//	rules     the rules of one group, in order, as in a PrometheusRule: alert or record, expr, for,
//	          keep_firing_for, labels, annotations
//	series    what the rules see. Each has "series", a metric such as `up{job="a"}`, and "values", one for each
//	          interval from time zero: a list of numbers where null is no sample, or Prometheus's
//	          unit test notation ("1x10", "0+5x20", "_x3 1 stale"). May be empty, not left out
//	interval  time between two evaluations and between two values; default "1m"
//	duration  time of the last evaluation; the first is at zero
type scenarioJSON struct {
	Rules    []ruleJSON    `json:"rules"`
	Series   *[]seriesJSON `json:"series"`
	Interval string        `json:"interval"`
	Duration string        `json:"duration"`
}

type ruleJSON struct {
	Alert         string            `json:"alert"`
	Record        string            `json:"record"`
	Expr          string            `json:"expr"`
	For           string            `json:"for"`
	KeepFiringFor string            `json:"keep_firing_for"`
	Labels        map[string]string `json:"labels"`
	Annotations   map[string]string `json:"annotations"`
}

type seriesJSON struct {
	Series string          `json:"series"`
	Values json.RawMessage `json:"values"`
}

type scenario struct {
	rules    []rule
	series   []series
	interval time.Duration
	duration time.Duration
}

type rule struct {
	ruleJSON
	expr          parser.Expr
	holdFor       time.Duration
	keepFiringFor time.Duration
}

type series struct {
	labels labels.Labels
	values []parser.SequenceValue
}

func readScenario(r io.Reader) (*scenario, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var raw scenarioJSON
	if err := decoder.Decode(&raw); err != nil {
		return nil, fmt.Errorf("the scenario is not valid JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the scenario is followed by something else")
	}
	if len(raw.Rules) == 0 {
		return nil, errors.New("rules: at least one is needed")
	}
	if raw.Series == nil {
		return nil, errors.New("series: missing; an empty list says that there are none")
	}

	var parsed scenario
	var err error
	if parsed.interval, err = parseDuration("interval", raw.Interval, time.Minute); err != nil {
		return nil, err
	}
	if parsed.interval <= 0 {
		return nil, errors.New("interval: must be longer than zero")
	}
	if raw.Duration == "" {
		return nil, errors.New("duration: missing; for example \"1h\"")
	}
	if parsed.duration, err = parseDuration("duration", raw.Duration, 0); err != nil {
		return nil, err
	}
	if parsed.duration/parsed.interval > maxEvaluations {
		return nil, fmt.Errorf("duration: %s at every %s is more than %d evaluations",
			raw.Duration, parsed.interval, maxEvaluations)
	}
	promql := parser.NewParser(parser.Options{})
	for i, one := range raw.Rules {
		read, err := readRule(promql, one)
		if err != nil {
			return nil, fmt.Errorf("rules[%d]: %w", i, err)
		}
		parsed.rules = append(parsed.rules, *read)
	}
	seen := map[string]int{}
	for i, one := range *raw.Series {
		read, err := readSeries(promql, one)
		if err != nil {
			return nil, fmt.Errorf("series[%d]: %w", i, err)
		}
		if first, again := seen[read.labels.String()]; again {
			return nil, fmt.Errorf("series[%d]: %s is series[%d] already", i, read.labels, first)
		}
		seen[read.labels.String()] = i
		parsed.series = append(parsed.series, *read)
	}
	return &parsed, nil
}

func readRule(promql parser.Parser, raw ruleJSON) (*rule, error) {
	if (raw.Alert == "") == (raw.Record == "") {
		return nil, errors.New("exactly one of alert and record is needed")
	}
	if raw.Record != "" && (raw.For != "" || raw.KeepFiringFor != "" || len(raw.Annotations) > 0) {
		return nil, errors.New("a recording rule has no for, keep_firing_for or annotations")
	}
	if raw.Record != "" && !model.UTF8Validation.IsValidMetricName(raw.Record) {
		return nil, fmt.Errorf("record: %q is not a metric name", raw.Record)
	}
	for name := range raw.Labels {
		if !model.UTF8Validation.IsValidLabelName(name) || name == model.MetricNameLabel {
			return nil, fmt.Errorf("labels: %q is not allowed as a name", name)
		}
	}
	if raw.Expr == "" {
		return nil, errors.New("expr: missing")
	}
	read := rule{ruleJSON: raw}
	var err error
	if read.expr, err = promql.ParseExpr(raw.Expr); err != nil {
		return nil, fmt.Errorf("expr: %w", err)
	}
	if read.holdFor, err = parseDuration("for", raw.For, 0); err != nil {
		return nil, err
	}
	if read.keepFiringFor, err = parseDuration("keep_firing_for", raw.KeepFiringFor, 0); err != nil {
		return nil, err
	}
	return &read, nil
}

func readSeries(promql parser.Parser, raw seriesJSON) (*series, error) {
	metric, err := promql.ParseMetric(raw.Series)
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	if metric.Get(model.MetricNameLabel) == "" {
		return nil, fmt.Errorf("series: %q has no metric name", raw.Series)
	}
	var notation string
	if json.Unmarshal(raw.Values, &notation) == nil && notation != "" {
		_, values, err := promql.ParseSeriesDesc(raw.Series + " " + notation)
		if err != nil {
			return nil, fmt.Errorf("values: %w", err)
		}
		return &series{labels: metric, values: values}, nil
	}
	var numbers []*float64
	if err := json.Unmarshal(raw.Values, &numbers); err != nil || len(numbers) == 0 {
		return nil, errors.New("values: want a list of numbers and nulls, or a text such as \"1x10\"; not empty")
	}
	values := make([]parser.SequenceValue, len(numbers))
	for i, number := range numbers {
		if number == nil {
			values[i] = parser.SequenceValue{Omitted: true, Value: math.NaN()}
		} else {
			values[i] = parser.SequenceValue{Value: *number}
		}
	}
	return &series{labels: metric, values: values}, nil
}

func parseDuration(key, text string, absent time.Duration) (time.Duration, error) {
	if text == "" {
		return absent, nil
	}
	parsed, err := model.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", key, err)
	}
	return time.Duration(parsed), nil
}
