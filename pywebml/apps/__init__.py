"""The jobs, one file each: shared by the command line and the page. A job reports
through a listener and returns plain data.
"""
