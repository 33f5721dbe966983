"""Recurrent layers: cells, what walks them through sequences, and wrappers."""
