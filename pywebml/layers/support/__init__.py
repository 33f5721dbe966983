"""What layers of every family stand on."""
