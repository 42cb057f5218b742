"""From pixels to features: the networks, and what runs them. Knows arrays, and no SFrames."""
