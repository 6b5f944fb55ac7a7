"""The coordinators' pages of the console: what an organisation looks after, and nothing of what members write."""
