package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// runOn runs the command on a scenario and gives its exit status, report and complaint.
func runOn(t *testing.T, scenario string) (int, report, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(context.Background(), strings.NewReader(scenario), &stdout, &stderr)
	var result report
	if status == 0 {
		if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
			t.Fatalf("the report is not JSON: %v", err)
		}
	} else if stdout.Len() > 0 {
		t.Errorf("status %d with a report: %s", status, stdout.String())
	}
	return status, result, stderr.String()
}

func mustEvaluate(t *testing.T, scenario string) report {
	t.Helper()
	status, result, complaint := runOn(t, scenario)
	if status != 0 {
		t.Fatalf("status %d: %s", status, complaint)
	}
	return result
}

const full = `"rules": [{"alert": "Full", "expr": "used / size > 0.9", "for": "5m", "labels": {"severity": "warning"}}]`

func TestFiresOnceTheConditionHeldForItsTime(t *testing.T) {
	result := mustEvaluate(t, `{`+full+`, "duration": "20m", "series": [
		{"series": "size{pool=\"a\"}", "values": "10x20"},
		{"series": "used{pool=\"a\"}", "values": "5x9 10x10"},
		{"series": "size{pool=\"b\"}", "values": "10x20"},
		{"series": "used{pool=\"b\"}", "values": "9x20"}]}`)
	alert := result.Alerts[0]
	if alert.State != "firing" || !alert.EverFired || len(alert.Instances) != 1 {
		t.Fatalf("want one instance firing, got %+v", alert)
	}
	one := alert.Instances[0]
	if one.Labels["pool"] != "a" || one.Labels["severity"] != "warning" || one.Labels["alertname"] != "Full" {
		t.Errorf("labels %v", one.Labels)
	}
	if one.FirstActive != 600 || *one.FirstFiring != 900 || *one.LastFiring != 1200 || one.Value != "1" {
		t.Errorf("times or value wrong: %+v", one)
	}
	if result.Evaluations != 21 || len(result.SelectorsWithoutSeries) != 0 {
		t.Errorf("%+v", result)
	}
}

func TestAConditionTooShortOnlyPends(t *testing.T) {
	result := mustEvaluate(t, `{`+full+`, "duration": "20m", "series": [
		{"series": "size", "values": "10x20"},
		{"series": "used", "values": "5x4 10x3 5x20"}]}`)
	alert := result.Alerts[0]
	if alert.EverFired || alert.State != "inactive" || len(alert.Instances) != 1 || alert.Instances[0].FirstFiring != nil {
		t.Errorf("%+v", alert)
	}
}

func TestAnAlertThatEndedIsTold(t *testing.T) {
	result := mustEvaluate(t, `{`+full+`, "duration": "20m", "series": [
		{"series": "size", "values": "10x20"},
		{"series": "used", "values": "10x10 5x20"}]}`)
	alert := result.Alerts[0]
	if !alert.EverFired || alert.State != "inactive" || *alert.Instances[0].LastFiring != 600 {
		t.Errorf("%+v", alert)
	}
}

func TestSelectorsNothingCanMatchAreNamed(t *testing.T) {
	result := mustEvaluate(t, `{`+full+`, "duration": "1m", "series": [{"series": "usd", "values": [1]}]}`)
	if len(result.SelectorsWithoutSeries) != 2 || !strings.Contains(result.SelectorsWithoutSeries[1], `__name__="used"`) {
		t.Errorf("%q", result.SelectorsWithoutSeries)
	}
}

func TestGapsAreNoSamples(t *testing.T) {
	result := mustEvaluate(t, `{"rules": [{"alert": "Gone", "expr": "absent(up)"}], "duration": "12m", "interval": "1m",
		"series": [{"series": "up", "values": [1, null, null, null, null, null, null]}]}`)
	if got := *result.Alerts[0].Instances[0].FirstFiring; got != 300 {
		t.Errorf("a sample is looked back for five minutes, absent at %v s", got)
	}
}

func TestRecordingRulesFeedLaterRules(t *testing.T) {
	result := mustEvaluate(t, `{"rules": [
		{"record": "pool:free", "expr": "size - used"},
		{"alert": "Low", "expr": "pool:free < 2", "annotations": {"summary": "{{ $value }} left in {{ $labels.pool }}"}}],
		"duration": "3m", "series": [
		{"series": "size{pool=\"a\"}", "values": "10x3"}, {"series": "used{pool=\"a\"}", "values": "9x3"}]}`)
	alert := result.Alerts[0]
	if alert.State != "firing" || alert.Instances[0].Annotations["summary"] != "1 left in a" {
		t.Errorf("%+v", alert)
	}
	if len(result.SelectorsWithoutSeries) != 0 {
		t.Errorf("%q", result.SelectorsWithoutSeries)
	}
}

func TestLongScenariosKeepTheirSamples(t *testing.T) {
	result := mustEvaluate(t, `{"rules": [{"alert": "Day", "expr": "count_over_time(up[23h]) > 1300"}],
		"duration": "1d", "series": [{"series": "up", "values": "1x1440"}]}`)
	if result.Alerts[0].State != "firing" {
		t.Errorf("%+v", result.Alerts[0])
	}
}

func TestAFailedEvaluationIsAnError(t *testing.T) {
	status, _, complaint := runOn(t, `{"rules": [{"alert": "A", "expr": "a * on() b"}], "duration": "1m", "series": [
		{"series": "a{x=\"1\"}", "values": "1x2"}, {"series": "a{x=\"2\"}", "values": "1x2"},
		{"series": "b{x=\"1\"}", "values": "1x2"}, {"series": "b{x=\"2\"}", "values": "1x2"}]}`)
	if status != exitEvaluationFailed || !strings.Contains(complaint, "rule A") {
		t.Errorf("status %d: %s", status, complaint)
	}
}

func TestBadScenariosAreRefused(t *testing.T) {
	rule := `"rules": [{"alert": "A", "expr": "up"}]`
	for name, bad := range map[string]struct{ scenario, complaint string }{
		"no JSON":          {`rules`, "not valid JSON"},
		"unknown key":      {`{` + rule + `, "series": [], "duration": "1m", "every": "1m"}`, `"every"`},
		"two documents":    {`{` + rule + `, "series": [], "duration": "1m"} {}`, "followed by"},
		"no rule":          {`{"rules": [], "series": [], "duration": "1m"}`, "rules: at least one"},
		"no series key":    {`{` + rule + `, "duration": "1m"}`, "series: missing"},
		"no duration":      {`{` + rule + `, "series": []}`, "duration: missing"},
		"bad duration":     {`{` + rule + `, "series": [], "duration": "soon"}`, "duration: "},
		"zero interval":    {`{` + rule + `, "series": [], "duration": "1m", "interval": "0s"}`, "interval: must"},
		"endless":          {`{` + rule + `, "series": [], "duration": "1y", "interval": "1s"}`, "evaluations"},
		"bad expression":   {`{"rules": [{"alert": "A", "expr": "up >"}], "series": [], "duration": "1m"}`, "rules[0]: expr"},
		"no expression":    {`{"rules": [{"alert": "A"}], "series": [], "duration": "1m"}`, "rules[0]: expr: missing"},
		"alert and record": {`{"rules": [{"alert": "A", "record": "b", "expr": "up"}], "series": [], "duration": "1m"}`, "exactly one"},
		"record with for":  {`{"rules": [{"record": "b", "expr": "up", "for": "1m"}], "series": [], "duration": "1m"}`, "recording rule"},
		"no metric name":   {`{` + rule + `, "series": [{"series": "{a=\"b\"}", "values": [1]}], "duration": "1m"}`, "no metric name"},
		"no values":        {`{` + rule + `, "series": [{"series": "up", "values": []}], "duration": "1m"}`, "series[0]: values"},
		"bad values":       {`{` + rule + `, "series": [{"series": "up", "values": "1y3"}], "duration": "1m"}`, "series[0]: values"},
		"series twice":     {`{` + rule + `, "series": [{"series": "up", "values": [1]}, {"series": "up", "values": [2]}], "duration": "1m"}`, "series[0] already"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, complaint := runOn(t, bad.scenario)
			if status != exitBadScenario || !strings.Contains(complaint, bad.complaint) {
				t.Errorf("status %d: %s", status, complaint)
			}
		})
	}
}
