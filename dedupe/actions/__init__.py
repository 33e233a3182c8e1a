"""Doing what a plan says, so that nothing is lost that cannot be brought back; and taking it back."""
