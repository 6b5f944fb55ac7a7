"""What `make bench` measures, a section each."""
