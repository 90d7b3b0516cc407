"""The doors of tracking."""
