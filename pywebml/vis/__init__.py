"""What a job shows, and how it is drawn: charts are plain data, a screen shows them."""
