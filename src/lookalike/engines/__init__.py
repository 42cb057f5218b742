"""Which engine ``lookalike.tc`` is, the real Turi Create guarded, and both side by side."""
