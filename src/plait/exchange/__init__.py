"""Tables between the two engines, both ways."""
