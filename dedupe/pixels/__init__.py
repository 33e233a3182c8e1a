"""Pixels: Pillow's as arrays, reduced by area, resized, and a JPEG's colours."""
