"""The console: the frame of all pages for staff. Apps fill it with sections."""
