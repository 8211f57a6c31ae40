"""What starts, feeds and watches the two sides; the only code that may import both."""
