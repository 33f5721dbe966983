"""Flower's SuperLink and SuperNodes, and what they run of ours: `server.py` leads the
rounds, `client.py` answers. Desktop only; all that imports flwr is in here.
"""
