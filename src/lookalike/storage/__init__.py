"""What lies on disk: the cache folder, known features, saved models and frames."""
