"""The demo's courses, notices and help: real text, published through the real road."""
