"""Listeners of events: notifications, hooks, media servers."""
