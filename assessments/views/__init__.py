"""The doors of assessments: parse, ask, call one verb, answer."""
