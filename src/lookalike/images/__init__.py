"""From a picture file to upright pixels; nothing else opens files with Pillow.

``decode`` is what other rooms ask. It opens a file by its format (``formats``): ``jpeg``, ``png``
and ``gif`` read the structure of theirs and hand Pillow what the pixels need, ``containers`` has
the others. ``pixels`` and ``deep`` make 8 upright bits of whatever was decoded. ``failures`` says
why a picture cannot be read, and ``folder`` which files of a folder are pictures.
"""
