"""Demo viewing: histories that went through the real rule, so that their ledger is genuine."""
