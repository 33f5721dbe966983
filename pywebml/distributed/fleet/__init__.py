"""A node of our own for Flower's Fleet API, which needs no package of Flower's: `node`
takes part, `desk` carries its calls from a desktop; in a tab the page carries them.
"""
