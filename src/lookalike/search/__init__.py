"""Nearest neighbours among features: arrays in, arrays out.

``exact`` searches. It compares what ``compared`` describes: features as they are, or centred
(``centre``). ``bounds``, by products of features or of their ``codes``, rule out most references
first. ``near_copies`` compares all rows with each other, ``hashes`` compares perceptual hashes, and
``approximate`` trades some neighbours for time.
"""
