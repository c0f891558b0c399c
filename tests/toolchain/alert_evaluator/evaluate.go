package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

const (
	maxSamplesInMemory = 50_000_000
	queryTimeout       = time.Minute
	lookback           = 5 * time.Minute // Prometheus's default
)

// start is time zero of every scenario: fixed, so that one scenario always gives one report.
var start = time.Unix(0, 0).UTC()

// evaluate runs the rules at every interval, with the samples up to that time, and tells what each alert did.
func evaluate(ctx context.Context, s *scenario) (_ *report, err error) {
	folder, err := os.MkdirTemp("", "alert-evaluator-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	db, err := tsdb.Open(folder, promslog.NewNopLogger(), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	db.DisableCompactions()

	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples:           maxSamplesInMemory,
		Timeout:              queryTimeout,
		LookbackDelta:        lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 {
			return s.interval.Milliseconds()
		},
	})
	group, alerting := buildGroup(ctx, s, db, engine)
	histories := make([]history, len(alerting))
	result := &report{Alerts: []alertReport{}, SelectorsWithoutSeries: selectorsWithoutSeries(s)}
	for at := time.Duration(0); at <= s.duration; at += s.interval {
		if err := appendSamples(ctx, db, s, at); err != nil {
			return nil, err
		}
		group.Eval(ctx, start.Add(at))
		for _, one := range group.Rules() {
			if err := one.LastError(); err != nil {
				return nil, fmt.Errorf("rule %s cannot be evaluated at %s: %w", one.Name(), at, err)
			}
		}
		for i, one := range alerting {
			histories[i].record(one.ActiveAlerts(), at)
		}
		result.Evaluations++
	}
	for i, one := range alerting {
		result.Alerts = append(result.Alerts, histories[i].report(one.Name()))
	}
	return result, nil
}

func buildGroup(ctx context.Context, s *scenario, db *tsdb.DB, engine *promql.Engine) (*rules.Group, []*rules.AlertingRule) {
	var all []rules.Rule
	var alerting []*rules.AlertingRule
	for _, one := range s.rules {
		ruleLabels := labels.FromMap(one.Labels)
		if one.Record != "" {
			all = append(all, rules.NewRecordingRule(one.Record, one.expr, ruleLabels))
			continue
		}
		alert := rules.NewAlertingRule(one.Alert, one.expr, one.holdFor, one.keepFiringFor, ruleLabels,
			labels.FromMap(one.Annotations), labels.EmptyLabels(), "", true, promslog.NewNopLogger())
		all = append(all, alert)
		alerting = append(alerting, alert)
	}
	group := rules.NewGroup(rules.GroupOptions{
		Name:     "scenario",
		Interval: s.interval,
		Rules:    all,
		Opts: &rules.ManagerOptions{
			NameValidationScheme: model.UTF8Validation,
			ExternalURL:          &url.URL{},
			QueryFunc:            rules.EngineQueryFunc(engine, db),
			NotifyFunc:           func(context.Context, string, ...*rules.Alert) {},
			Context:              ctx,
			Appendable:           db,
			Queryable:            db,
			Logger:               promslog.NewNopLogger(),
			Registerer:           prometheus.NewRegistry(),
		},
	})
	return group, alerting
}

func appendSamples(ctx context.Context, db storage.Appendable, s *scenario, at time.Duration) error {
	step := int(at / s.interval)
	appender := db.Appender(ctx)
	for _, one := range s.series {
		if step >= len(one.values) || one.values[step].Omitted {
			continue
		}
		sample, now := one.values[step], timestamp.FromTime(start.Add(at))
		var err error
		if sample.Histogram != nil {
			_, err = appender.AppendHistogram(0, one.labels, now, nil, sample.Histogram)
		} else {
			_, err = appender.Append(0, one.labels, now, sample.Value)
		}
		if err != nil {
			return fmt.Errorf("series %s at %s: %w", one.labels, at, err)
		}
	}
	return appender.Commit()
}

// history keeps what one rule's alerts did, by their labels.
type history struct {
	byLabels map[string]*instanceReport
}

func (h *history) record(active []*rules.Alert, at time.Duration) {
	if h.byLabels == nil {
		h.byLabels = map[string]*instanceReport{}
	}
	for _, known := range h.byLabels {
		known.State = rules.StateInactive.String()
	}
	for _, alert := range active {
		key := alert.Labels.String()
		known := h.byLabels[key]
		if known == nil {
			known = &instanceReport{Labels: alert.Labels.Map(), FirstActive: at.Seconds()}
			h.byLabels[key] = known
		}
		known.Annotations = alert.Annotations.Map()
		known.State = alert.State.String()
		known.Value = strconv.FormatFloat(alert.Value, 'g', -1, 64)
		if alert.State == rules.StateFiring {
			now := at.Seconds()
			if known.FirstFiring == nil {
				known.FirstFiring = &now
			}
			known.LastFiring = &now
		}
	}
}

func (h *history) report(alert string) alertReport {
	result := alertReport{Alert: alert, State: rules.StateInactive.String(), Instances: []instanceReport{}}
	keys := make([]string, 0, len(h.byLabels))
	for key := range h.byLabels {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		one := *h.byLabels[key]
		result.Instances = append(result.Instances, one)
		result.EverFired = result.EverFired || one.FirstFiring != nil
		if one.State == rules.StateFiring.String() || result.State == rules.StateInactive.String() {
			result.State = one.State
		}
	}
	return result
}

func selectorsWithoutSeries(s *scenario) []string {
	missing := []string{}
	recorded := map[string]bool{}
	for _, one := range s.rules {
		for _, selector := range parser.ExtractSelectors(one.expr) {
			if !matchesAny(selector, s.series, recorded) {
				text := make([]string, len(selector))
				for i, matcher := range selector {
					text[i] = matcher.String()
				}
				missing = append(missing, one.Alert+one.Record+": {"+strings.Join(text, ",")+"}")
			}
		}
		if one.Record != "" {
			recorded[one.Record] = true
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// matchesAny tells whether a series fits the selector; of a recorded series only the name is known beforehand.
func matchesAny(selector []*labels.Matcher, all []series, recorded map[string]bool) bool {
	for _, one := range all {
		fits := true
		for _, matcher := range selector {
			fits = fits && matcher.Matches(one.labels.Get(matcher.Name))
		}
		if fits {
			return true
		}
	}
	for _, matcher := range selector {
		if matcher.Name == model.MetricNameLabel && matcher.Type == labels.MatchEqual && recorded[matcher.Value] {
			return true
		}
	}
	return false
}
