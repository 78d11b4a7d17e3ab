"""The benchmarks behind `make bench`: each prints a figure beside a floor measured in the same run."""
