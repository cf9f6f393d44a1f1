"""The doors: command line, HTTP, and the wiring of every adapter."""
