"""Federated teaching: one head, trained where the pictures are, by Flower's server and
nodes. `lesson.py` is what a client does in a round, and needs neither.
"""
