"""What is timed in a browser that this machine drives. Not for tabs."""
