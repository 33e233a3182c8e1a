"""Containers: what they hold is listed by a child, kept in the cache, and read again by offset."""
