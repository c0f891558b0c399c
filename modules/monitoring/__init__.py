"""The decision monitoring: Prometheus on its own nodes, the low-capacity alert, who hears it, Grafana behind the login."""
