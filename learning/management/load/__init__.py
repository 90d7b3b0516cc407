"""What fills a database in bulk, and the processes of the benchmarks; each job is one module."""
