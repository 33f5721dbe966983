"""The version, where every package may read it, the build of the wheel included."""

VERSION = "0.1.0"
