"""The page: what its worker calls (host.py), how it is put together (build.py) and
served (serve.py).
"""
