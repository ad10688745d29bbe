"""How fast the fake is, beside moto and beside what boto3 itself costs. ``python -m benchmarks`` measures and writes results/."""
