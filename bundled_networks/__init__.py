"""How the bundled networks are made from their weights, by the build hook and by the tests.

Nothing here is installed. It needs NumPy and onnx alone, except ``find_ranges``, a script that
nobody runs but who changes a network.
"""
