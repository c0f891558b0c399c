package main

// report is what the command writes. Times are seconds after the first evaluation.
type report struct {
	Evaluations int           `json:"evaluations"`
	Alerts      []alertReport `json:"alerts"`
	// SelectorsWithoutSeries names each selector of a rule that no series of the scenario and no earlier rule can
	// match: an alert that does not fire may then only be misspelt.
	SelectorsWithoutSeries []string `json:"selectors_without_series"`
}

// alertReport tells of one alerting rule. State is that after the last evaluation: "inactive", "pending", "firing".
type alertReport struct {
	Alert     string           `json:"alert"`
	State     string           `json:"state"`
	EverFired bool             `json:"ever_fired"`
	Instances []instanceReport `json:"instances"`
}

// instanceReport tells of one set of labels that a rule was pending or firing with at some evaluation.
// FirstFiring and LastFiring are null where it never fired. Value is that of the last evaluation at which it was
// active, written as text because it can be NaN or infinite.
type instanceReport struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	State       string            `json:"state"`
	Value       string            `json:"value"`
	FirstActive float64           `json:"first_active"`
	FirstFiring *float64          `json:"first_firing"`
	LastFiring  *float64          `json:"last_firing"`
}
