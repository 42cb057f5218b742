"""From a picture file to upright pixels; nothing else opens files with Pillow.

Other rooms call ``decode``. It opens a file by its format (``formats``): ``jpeg``, ``png`` and
``tiff`` read the structure of theirs and give Pillow what the pixels need; ``containers`` has the
other formats. ``pixels`` makes the decoded picture upright, with 8 bits. ``failures`` says why a
picture cannot be read, and ``folder`` lists the pictures of a folder.
"""
