"""`make drill`: everything that can die dies under load, and nothing that was acked is lost."""
