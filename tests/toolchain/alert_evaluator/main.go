// Command alert-evaluator runs alerting and recording rules over invented series with Prometheus's own rule engine.
//
// It reads one JSON scenario on standard input and writes one JSON report on standard output; scenario.go and
// report.go say what is in them. It ends with 0 when every rule was evaluated, whatever fired; with 1 when a rule
// could not be evaluated; with 2 when the scenario is not valid. It writes nothing on standard output unless it ends
// with 0.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

const (
	exitEvaluationFailed = 1
	exitBadScenario      = 2
)

func main() {
	os.Exit(run(context.Background(), os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) int {
	scenario, err := readScenario(stdin)
	if err != nil {
		fmt.Fprintf(stderr, "alert-evaluator: %v\n", err)
		return exitBadScenario
	}
	report, err := evaluate(ctx, scenario)
	if err != nil {
		fmt.Fprintf(stderr, "alert-evaluator: %v\n", err)
		return exitEvaluationFailed
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(report); err != nil {
		fmt.Fprintf(stderr, "alert-evaluator: %v\n", err)
		return exitEvaluationFailed
	}
	return 0
}
