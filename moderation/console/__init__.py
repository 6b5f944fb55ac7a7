"""The console's pages for who moderates, agrees as a second person, or audits."""
