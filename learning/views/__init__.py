"""The doors of learning: parse, ask, call one verb, answer."""
