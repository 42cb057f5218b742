"""From a picture file to upright pixels; nothing else opens files with Pillow."""
