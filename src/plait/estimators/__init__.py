"""What can be trained, and how its versions predict."""
