"""The servers that ours is measured beside; each is small and does only what it is measured for."""
