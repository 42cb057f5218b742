"""Nearest neighbours among features: arrays in, arrays out."""
