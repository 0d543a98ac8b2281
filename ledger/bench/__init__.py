"""What `lodestone bench` measures: every figure beside a limit measured in the same run."""
