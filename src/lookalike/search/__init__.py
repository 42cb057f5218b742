"""Nearest neighbours among features: arrays in, arrays out.

``exact`` searches. It compares what ``compared`` describes: features as they are, or centred
(``centre``). Two kinds of ``bounds`` rule out most references first: ``products`` of the features,
and of their ``codes``. ``near_copies`` compares all rows with each other, ``hashes`` compares
perceptual hashes, and ``approximate`` trades some neighbours for time.
"""
