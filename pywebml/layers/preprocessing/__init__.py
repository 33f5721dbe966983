"""Layers that bring data into the form that networks want."""
