"""The processes of learning's benchmarks; each job is one module."""
