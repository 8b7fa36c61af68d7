"""What a user's training script sees, and how it is run."""
