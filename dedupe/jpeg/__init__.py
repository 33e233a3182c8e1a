"""JPEG read by ourselves: the header, and an eighth of the picture."""
