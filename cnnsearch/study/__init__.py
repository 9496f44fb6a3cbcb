"""A study on disk: its folder, records, settings and objectives, and the storage that they share."""
