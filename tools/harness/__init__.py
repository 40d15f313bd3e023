"""Real nodes in real processes, for the cluster tests and the demo. Needs Python 3.11's standard library only."""
